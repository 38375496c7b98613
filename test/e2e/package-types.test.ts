import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

const root = new URL('../../', import.meta.url);

/** The packages that the declaration and all that it imports take types from. */
async function packagesOf(declaration: URL, seen = new Set<string>()): Promise<Set<string>> {
  const packages = new Set<string>();
  if (seen.has(declaration.href)) return packages;
  seen.add(declaration.href);
  const text = await readFile(declaration, 'utf8');
  for (const [, name = ''] of text.matchAll(/(?:from |import\()'([^']+)'/g)) {
    if (name.startsWith('node:')) continue;
    if (!name.startsWith('.')) packages.add(name);
    else {
      const next = new URL(name.replace(/\.[jt]s$/, '.d.ts'), declaration);
      for (const found of await packagesOf(next, seen)) packages.add(found);
    }
  }
  return packages;
}

it('the library’s types are whole where the optional packages are left out', async () => {
  const { dependencies } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as Manifest;
  const packages = await packagesOf(new URL('build/index.d.ts', root));
  expect([...packages].filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
});

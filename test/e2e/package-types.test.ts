import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { makeFolder } from '../make-distribution.ts';

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

/** What the compiler says of files in a project that has this package installed. */
function compile(files: readonly string[], module: ts.ModuleKind, moduleResolution: ts.ModuleResolutionKind) {
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module,
    moduleResolution,
    types: ['node'],
    typeRoots: [fileURLToPath(new URL('node_modules/@types', root))],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

it('the examples in TypeScript compile where the package is installed, however modules are resolved', async () => {
  await using folder = await makeFolder([{ filename: 'package.json', bytes: '{"type":"module"}' }]);
  await mkdir(join(folder.path, 'node_modules'));
  await symlink(fileURLToPath(root), join(folder.path, 'node_modules/wheelhouse-uploader'), 'junction');
  const files: string[] = [];
  for (const page of ['README.md', 'docs/library.md']) {
    const text = await readFile(new URL(page, root), 'utf8');
    for (const [, example = ''] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
      const path = join(folder.path, `example${files.length}.ts`);
      await writeFile(path, example);
      files.push(path);
    }
  }
  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(compile(files, ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext)).toEqual([]);
  expect(compile(files, ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16)).toEqual([]);
  expect(compile(files, ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler)).toEqual([]);
});

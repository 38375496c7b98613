import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linksOf } from '../wheelhouse/stored.ts';
import { sha256Of } from '../make-distribution.ts';

/** The pages of a container in a folder as they are now, by key. */
export async function readPages(root: string): Promise<Map<string, string>> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const keys = names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((key) => /(?:^|\/)index\.(?:html|json)$/.test(key));
  const pages = new Map<string, string>();
  for (const key of ['metadata.json', ...keys.sort()]) {
    const text = await readFile(join(root, key), 'utf8').catch(() => undefined);
    if (text !== undefined) pages.set(key, text);
  }
  return pages;
}

/** What pages list and the folder does not hold; a page that is only half there shows as one without its end. */
export async function findBroken(root: string, { digests = false } = {}): Promise<string[]> {
  const broken: string[] = [];
  for (const [key, text] of await readPages(root)) {
    if (key.endsWith('.html') && !text.endsWith('</html>\n')) broken.push(`${key} is half written`);
    if (key.endsWith('.json')) JSON.parse(text);
    for (const [target, sha256] of linksOf(key, text)) {
      const path = join(root, target);
      if (!digests) {
        await access(path).catch(() => broken.push(`${key} lists ${target}, which is not there`));
        continue;
      }
      const bytes = await readFile(path).catch(() => undefined);
      if (bytes === undefined) broken.push(`${key} lists ${target}, which is not there`);
      else if (sha256 !== sha256Of(bytes)) broken.push(`${key} gives ${target} the digest ${String(sha256)}`);
    }
  }
  return broken;
}

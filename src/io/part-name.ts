import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasEnded, processName, thisProcess } from './process-name.ts';

/**
 * A download in progress lies beside its target under a name that
 * - begins with a dot, so that neither `dist/*` nor a scan of the folder takes it for an artifact;
 * - holds a tag of the content it is a part of, so that a changed file is never glued to an old part;
 * - holds its owner while one is at work, so that two processes never write to one part. An owner that gives up
 *   takes its name off; that of a dead one does not count.
 */
const pattern = new RegExp(
  `^\\.(?<stem>.+)\\.(?<tag>[0-9a-f]{12})(?:\\.${processName}-[0-9a-f]{6})?\\.part$`,
);

/** An owner on another machine that wrote nothing for this long is taken for dead: far beyond any time limit. */
const staleMs = 15 * 60_000;

/** The tag of what a file's content is known by: its digest, or its version on a server. */
export function contentTag(target: string, proof: string): string {
  return digestOf(`${basename(target)}\0${proof}`).slice(0, 12);
}

/** Where the part of that content lies: with its owner while one works on it, or free for anyone to go on with. */
export function partPath(target: string, tag: string, as: 'own' | 'free'): string {
  const owner = as === 'own' ? `.${thisProcess}-${randomBytes(3).toString('hex')}` : '';
  return join(dirname(target), `.${stemOf(target)}.${tag}${owner}.part`);
}

/** The names of all part files of a folder. */
export async function findParts(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => pattern.test(name));
}

/** Renames the longest part of that content that nobody works on to `path`; its size, or undefined if there is none. */
export async function claimPart(
  path: string,
  tag: string,
  parts: readonly string[],
): Promise<number | undefined> {
  const folder = dirname(path);
  const idle: { name: string; sizeBytes: number }[] = [];
  for (const name of parts) {
    if (pattern.exec(name)?.groups?.['tag'] !== tag) continue;
    const sizeBytes = await idleSize(folder, name);
    if (sizeBytes !== undefined) idle.push({ name, sizeBytes });
  }
  for (const { name, sizeBytes } of idle.sort((a, b) => b.sizeBytes - a.sizeBytes)) {
    // Of several processes that try it, one succeeds.
    const claimed = await rename(join(folder, name), path).then(
      () => true,
      () => false,
    );
    if (claimed) return sizeBytes;
  }
  return undefined;
}

/** Removes the parts of a file that is complete now; those that somebody still works on stay. */
export async function removeParts(target: string, parts: readonly string[]): Promise<void> {
  const folder = dirname(target);
  for (const name of parts) {
    if (pattern.exec(name)?.groups?.['stem'] !== basename(target)) continue;
    if ((await idleSize(folder, name)) !== undefined) await rm(join(folder, name), { force: true });
  }
}

/** The size of a part that nobody works on. */
async function idleSize(folder: string, name: string): Promise<number | undefined> {
  const owner = pattern.exec(name)?.groups ?? {};
  const file = await lstat(join(folder, name)).catch(() => undefined);
  if (file?.isFile() !== true) return undefined;
  const idle = owner['pid'] === undefined || hasEnded(owner);
  return idle || Date.now() - file.mtimeMs > staleMs ? file.size : undefined;
}

/** File systems allow 255 bytes; the tag tells long names apart. */
function stemOf(target: string): string {
  const name = basename(target);
  return Buffer.byteLength(name) <= 200 ? name : name.slice(0, 60);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasEnded, processName, thisProcess } from './process-name.ts';
import { noScratchFolder } from './scratch-folder.ts';

/** A folder for files on their way, which is gone when it is disposed of. */
export interface Spool extends AsyncDisposable {
  readonly path: string;
}

const prefix = 'wheelhouse-mirror-';
const pattern = new RegExp(`^${prefix}${processName}-`);

/**
 * Makes a folder of this process's own, below the system's folder for temporary files unless another is given. What
 * processes of this machine and user that were killed have left there is removed. Throws `FILE_SYSTEM`.
 */
export async function openSpool(parent = tmpdir()): Promise<Spool> {
  await sweep(parent);
  const path = await mkdtemp(join(parent, `${prefix}${thisProcess}-`)).catch((thrown: unknown) => {
    throw noScratchFolder(thrown);
  });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    if (!hasEnded(pattern.exec(name)?.groups ?? {})) continue;
    const path = join(parent, name);
    // Anybody may make such a name in a folder that all share.
    const there = await lstat(path).catch(() => undefined);
    if (there?.isDirectory() !== true || there.uid !== (process.getuid?.() ?? there.uid)) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

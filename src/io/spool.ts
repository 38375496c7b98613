import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { noScratchFolder } from './scratch-folder.ts';

/** A folder for files on their way, which is gone when it is disposed of. */
export interface Spool extends AsyncDisposable {
  readonly path: string;
}

const prefix = 'wheelhouse-mirror-';
const pattern = new RegExp(`^${prefix}(?<host>[0-9a-f]{6})-(?<pid>\\d+)-`);
const thisHost = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/**
 * Makes a folder of this process's own, below the system's folder for temporary files unless another is given. What
 * processes of this machine and user that were killed have left there is removed. Throws `FILE_SYSTEM`.
 */
export async function openSpool(parent = tmpdir()): Promise<Spool> {
  await sweep(parent);
  const path = await mkdtemp(join(parent, `${prefix}${thisHost}-${process.pid}-`)).catch(
    (thrown: unknown) => {
      throw noScratchFolder(thrown);
    },
  );
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const { host, pid } = pattern.exec(name)?.groups ?? {};
    if (host !== thisHost || pid === undefined || isAlive(Number(pid))) continue;
    const path = join(parent, name);
    // Anybody may make such a name in a folder that all share.
    const there = await lstat(path).catch(() => undefined);
    if (there?.isDirectory() !== true || there.uid !== (process.getuid?.() ?? there.uid)) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: there is one, of another user.
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH');
  }
}

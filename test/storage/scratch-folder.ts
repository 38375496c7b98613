import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test; `remove` takes it away with all that is in it. */
export async function makeScratchFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'wheelhouse-storage-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

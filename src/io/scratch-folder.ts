import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf, WheelhouseError } from '../model/errors.ts';

/** A folder of this run's own, removed with all that is in it when it is disposed of. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes an empty folder where the system keeps temporary files (`TMPDIR`). Throws `FILE_SYSTEM`. */
export async function makeScratchFolder(): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), 'wheelhouse-')).catch((error: unknown) => {
    throw noScratchFolder(error);
  });
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export function noScratchFolder(cause: unknown): WheelhouseError {
  return new WheelhouseError('FILE_SYSTEM', `no temporary folder can be made: ${reasonOf(cause)}`, {
    hint: 'set TMPDIR to a folder that can be written',
    cause,
  });
}

import { hasCode, WheelhouseError } from '../../../model/errors.ts';
import { isInUse } from '../../../io/patiently.ts';
import { failureOf } from '../../../io/abort.ts';

/** The path is not there, or a part of it that should be a folder is a file. */
export function isMissing(thrown: unknown): boolean {
  return hasCode(thrown, 'ENOENT', 'ENOTDIR');
}

/** The file system has no hard links, or no more of them for this file. */
export function knowsNoHardLinks(thrown: unknown): boolean {
  // EISDIR: FAT and exFAT on Windows (https://github.com/nodejs/node/issues/65817).
  return hasCode(thrown, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR');
}

/** What a look at the file system finds, or undefined for what is not there. */
export function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

const hints: Readonly<Record<string, string>> = {
  EACCES: 'check the permissions of the folder and who owns it',
  EPERM: 'check the permissions of the folder and who owns it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full: make room and run again',
  EDQUOT: 'the disk quota is used up: make room and run again',
  EMFILE: 'too many open files: lower --max-workers or raise the limit (ulimit -n)',
};

/** A system error as a {@link WheelhouseError} with what to do about it. */
export function folderFailure(thrown: unknown, what: string, signal?: AbortSignal): WheelhouseError {
  const failure = failureOf(thrown, 'FILE_SYSTEM', what, signal);
  const hint = hintOf(thrown);
  if (failure.code !== 'FILE_SYSTEM' || failure === thrown || hint === undefined) return failure;
  return new WheelhouseError('FILE_SYSTEM', failure.message, { cause: thrown, hint });
}

function hintOf(thrown: unknown): string | undefined {
  if (isInUse(thrown)) return 'close the program that has it open, or check who may write to the folder';
  return thrown instanceof Error && 'code' in thrown ? hints[String(thrown.code)] : undefined;
}

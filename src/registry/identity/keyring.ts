import { execFile } from 'node:child_process';
import { isAbort, toWheelhouseError } from '../../model/errors.ts';
import { Secret } from '../../model/secret.ts';
import type { Environment } from './environment.ts';

export interface KeyringOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal;
  /** A keyring that waits for a person would wait for ever in CI. Default: 10,000. */
  readonly timeoutMs?: number;
  readonly onWarning?: (message: string) => void;
}

/**
 * Asks the `keyring` program for the password of a user at a URL, as twine and pip do. Undefined where there is no such
 * program, no such password, or no answer in time. Throws only `ABORTED`.
 */
export async function askKeyring(
  url: string,
  username: string,
  { env, signal, timeoutMs = 10_000, onWarning }: KeyringOptions,
): Promise<Secret | undefined> {
  return new Promise((resolve, reject) => {
    const settings = {
      env,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
      maxBuffer: 65_536,
    } as const;
    const child = execFile(
      'keyring',
      ['get', url, username],
      signal === undefined ? settings : { ...settings, signal },
      (error, stdout) => {
        if (error === null) {
          const password = stdout.replace(/\r?\n$/, '');
          resolve(password === '' ? undefined : new Secret(password));
        } else if (isAbort(error)) {
          reject(toWheelhouseError(error, 'ABORTED', 'keyring'));
        } else {
          // Any exit status but 0 is its way to say that it has no password: there is nothing to tell.
          const late = error.killed === true && error.code === null; // not for too much output
          if (late) onWarning?.(`keyring did not answer within ${timeoutMs / 1000} s`);
          resolve(undefined);
        }
      },
    );
    child.stdin?.end();
  });
}

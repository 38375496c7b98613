import { execFile } from 'node:child_process';
import { isAbort, toWheelhouseError } from '../../model/errors.ts';
import { Secret } from '../../model/secret.ts';
import type { Environment } from './environment.ts';

export interface KeyringOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** A keyring that waits for a person would wait for ever in CI. Default: 10,000. */
  readonly timeoutMs?: number | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Asks the `keyring` program for the password of a user at a URL, as twine and pip do. Undefined where there is no such
 * program, no such password, or no answer in time. Throws only `ABORTED`.
 */
export async function askKeyring(
  url: string,
  username: string,
  options: KeyringOptions,
): Promise<Secret | undefined> {
  const password = (await runKeyring(['get', url, username], options))?.replace(/\r?\n$/, '');
  return password === undefined || password === '' ? undefined : new Secret(password);
}

/**
 * Asks the `keyring` program for a user at a URL and the password of that user; otherwise as {@link askKeyring}. Before
 * its version 25.3 it cannot be asked for that, and says no.
 */
export async function askKeyringLogin(
  url: string,
  options: KeyringOptions,
): Promise<{ readonly username: string; readonly password: Secret } | undefined> {
  const answer = await runKeyring(['--mode', 'creds', '--output', 'json', 'get', url], options);
  try {
    const { username, password } = JSON.parse(answer ?? '') as Record<string, unknown>;
    if (typeof username !== 'string' || typeof password !== 'string') return undefined;
    return username === '' || password === '' ? undefined : { username, password: new Secret(password) };
  } catch {
    return undefined; // no answer, or none that is meant for us
  }
}

function runKeyring(
  args: readonly string[],
  { env, signal, timeoutMs = 10_000, onWarning }: KeyringOptions,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const settings = {
      env,
      signal,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
      maxBuffer: 65_536,
    } as const;
    const child = execFile('keyring', args, settings, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (isAbort(error)) reject(toWheelhouseError(error, 'ABORTED', 'keyring'));
      else {
        // Any exit status but 0 is its way to say that it has no password: there is nothing to tell.
        const late = error.killed === true && error.code === null; // not for too much output
        if (late) onWarning?.(`keyring did not answer within ${timeoutMs / 1000} s`);
        resolve(undefined);
      }
    });
    child.stdin?.end();
  });
}

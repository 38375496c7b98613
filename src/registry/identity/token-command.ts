import { execFile } from 'node:child_process';
import { isAbort, reasonOf, toWheelhouseError, WheelhouseError } from '../../model/errors.ts';
import { Secret } from '../../model/secret.ts';
import type { Environment } from './environment.ts';

export interface TokenCommandOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** Default: 30,000. */
  readonly timeoutMs?: number;
}

/** Runs a program of a CI system that prints a token. Throws `CONFIG` where there is none to run, `UNAUTHORIZED`, `TIMEOUT` or `ABORTED`. */
export async function runTokenCommand(
  program: string,
  args: readonly string[],
  { env, signal, timeoutMs = 30_000 }: TokenCommandOptions,
): Promise<Secret> {
  const settings = { env, signal, timeout: timeoutMs, killSignal: 'SIGKILL', windowsHide: true } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], settings, (error, stdout, stderr) => {
      const token = stdout.trim();
      if (error !== null) reject(commandError(program, error, stderr, timeoutMs));
      else if (!isToken(token)) reject(new WheelhouseError('UNAUTHORIZED', `${program} printed no token`));
      else resolve(new Secret(token));
    });
    child.stdin?.end();
  });
}

/** Whether a text can be sent as a token at all: one word of printable ASCII. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

type CommandFailure = Error & { readonly code?: unknown; readonly killed?: boolean };

function commandError(
  program: string,
  error: CommandFailure,
  stderr: string,
  timeoutMs: number,
): WheelhouseError {
  if (isAbort(error)) return toWheelhouseError(error, 'ABORTED', program);
  if (error.code === 'ENOENT')
    return new WheelhouseError('CONFIG', `there is no program ${program} to ask for an identity token`, {
      hint: 'it comes with the CI system: see that it is on the PATH of the job',
    });
  if (error.killed === true)
    return new WheelhouseError('TIMEOUT', `${program} printed no token within ${timeoutMs / 1000} s`);
  // Its last words are those that count; execFile's own message would repeat the whole command.
  const last = stderr.trim().split(/\r?\n/).at(-1) ?? '';
  const said = last.replace(/\p{Cc}+/gu, ' ').slice(0, 300);
  const status = typeof error.code === 'number' ? `it ended with status ${error.code}` : reasonOf(error);
  return new WheelhouseError(
    'UNAUTHORIZED',
    `${program} gives no identity token: ${said === '' ? status : said}`,
  );
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/wheelhouse-uploader.js', import.meta.url));

export interface RunOptions {
  cwd?: string;
  /** Added to an environment without any of CI's or registries' variables. */
  env?: Record<string, string>;
  /** Nobody reads: the other ends of stdout and stderr are closed at once. */
  unread?: boolean;
  /** Called with what stderr and stdout have said so far; may interrupt the run. */
  onOutput?: (said: string, interrupt: (signal?: NodeJS.Signals) => void) => void;
}

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The lines of stdout as JSON; fails when one is not. */
  events(): Record<string, unknown>[];
  /** The last event, which must be the summary. */
  summary(): Record<string, unknown>;
}

/** Runs the built command line as a user would, with a clean environment. */
export function runBin(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { PATH = '', TMPDIR, HOME } = process.env;
  const env = {
    PATH,
    HOME: HOME ?? '',
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    NO_PROXY: '127.0.0.1',
    ...options.env,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: options.cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    const tell = () => options.onOutput?.(stdout + stderr, (signal = 'SIGINT') => child.kill(signal));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      tell();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      tell();
    });
    if (options.unread === true) for (const stream of [child.stdout, child.stderr]) stream.destroy();
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const events = () =>
        stdout
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      const summary = () => {
        const last = events().at(-1);
        if (last?.['event'] !== 'summary') throw new Error(`no summary at the end of: ${stdout}\n${stderr}`);
        return last;
      };
      resolve({ code, signal, stdout, stderr, events, summary });
    });
  });
}

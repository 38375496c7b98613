import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Summary, WheelhouseEvent } from '../../src/model/events.ts';

/** How one process ended, and everything it wrote. */
export interface Finished {
  readonly command: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Kills with SIGKILL after so many milliseconds. */
  readonly killAfterMs?: number;
}

/** The built executable, started as npm's link would start it. */
export const executable = fileURLToPath(new URL('../../bin/wheelhouse-uploader.js', import.meta.url));

const home = mkdtempSync(join(tmpdir(), 'wheelhouse-interop-home-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

/**
 * An environment in which a result depends on the arguments only: no variable of a CI service (a pull request
 * build would upload nothing), no settings of pip, uv or npm, an empty home folder.
 */
export function isolatedEnvironment(): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: home,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    NO_PROXY: '127.0.0.1,localhost',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_CACHE_DIR: '1',
    PIP_NO_INPUT: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    UV_NO_CACHE: '1',
    UV_NO_CONFIG: '1',
    UV_PYTHON_DOWNLOADS: 'never',
  };
}

/** Runs one process to its end; never throws for its exit status. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...isolatedEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const timer =
      options.killAfterMs === undefined
        ? undefined
        : setTimeout(() => child.kill('SIGKILL'), options.killAfterMs);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ command: [file, ...args].join(' '), status, signal, stdout, stderr });
    });
  });
}

/** Runs one process that must succeed; what it wrote is in the error if it does not. */
export async function runSuccessfully(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const finished = await runCommand(file, args, options);
  if (finished.status === 0) return finished;
  throw new Error(
    `${finished.command}\nended with ${finished.status ?? finished.signal ?? '?'}\n` +
      `${finished.stdout.slice(-4000)}\n${finished.stderr.slice(-4000)}`,
  );
}

/** Runs the built executable. */
export function runBin(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return runCommand(process.execPath, [executable, ...args], options);
}

/** Runs the built executable with `--json` and gives its summary, the last line of stdout. */
export async function runBinForSummary(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished & { summary: Summary }> {
  const finished = await runBin([...args, '--json'], options);
  const last = finished.stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    const event = JSON.parse(last) as WheelhouseEvent;
    if (event.event === 'summary') return { ...finished, summary: event };
  } catch {
    // Told below, together with what the process wrote.
  }
  throw new Error(
    `${finished.command}\nended with ${finished.status ?? finished.signal ?? '?'} and no summary\n` +
      `${finished.stdout.slice(-4000)}\n${finished.stderr.slice(-4000)}`,
  );
}

/** The outcome of each artifact of a run, by file name. */
export function outcomesOf(summary: Summary): Record<string, string> {
  return Object.fromEntries(summary.artifacts.map(({ filename, outcome }) => [filename, outcome]));
}

/** A program of the virtual environment with the peers (twine, uv, pip, pypiserver, build back-ends). */
export function peer(program: string): string {
  return join(requireFolder('PEERS'), 'bin', program);
}

/** A program of the virtual environment with the Python original of this tool. */
export function original(program: string): string {
  return join(requireFolder('ORIGINAL'), 'bin', program);
}

function requireFolder(variable: 'PEERS' | 'ORIGINAL'): string {
  const folder = process.env[variable];
  if (folder !== undefined && folder !== '') return folder;
  throw new Error(`${variable} must name a virtual environment: run .ci/run, or see bench/README.md`);
}

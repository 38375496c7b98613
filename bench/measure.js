// Side by side: contenders run in interleaved rounds, so that whatever else the machine does hits all alike.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built executable of this project. */
export const executable = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  'bin',
  'wheelhouse-uploader.js',
);

const peakMemory = new URL('../test/interop/peak-memory.js', import.meta.url).href;

/** Runs a command to its end and gives its wall time in milliseconds; throws if it fails. */
export function timeCommand(file, args, { cwd, environment = {}, onOutput } = {}) {
  const { PATH, SystemRoot, TEMP } = process.env;
  // Nobody's settings: neither a CI service's variables nor pip's configuration decide a result.
  const env = {
    PATH,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_CACHE_DIR: '1',
    NO_PROXY: '127.0.0.1',
    ...environment,
  };
  if (SystemRoot !== undefined) Object.assign(env, { SystemRoot, TEMP });
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk) => {
      output = `${output}${chunk}`.slice(-2000);
      onOutput?.(String(chunk));
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (status) => {
      const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
      if (status === 0) resolve(elapsedMs);
      else reject(new Error(`${file} ${args.join(' ')} ended with ${status}\n${output}`));
    });
  });
}

/** Runs the built executable of this project. */
export function timeOurs(args, options) {
  return timeCommand(process.execPath, [executable, ...args], options);
}

/** The same, with the peak of its resident memory in bytes (Linux only). */
export async function timeAndPeakOfOurs(args) {
  const folder = mkdtempSync(join(tmpdir(), 'wheelhouse-peak-'));
  try {
    const peakFile = join(folder, 'peak');
    const environment = { NODE_OPTIONS: `--import=${peakMemory}`, PEAK_FILE: peakFile };
    const elapsedMs = await timeOurs(args, { environment });
    return { elapsedMs, peakBytes: Number(readFileSync(peakFile, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs every contender once per round and gives the median of each by name, in milliseconds. A contender is a
 * function of the round that prepares itself and resolves to the time that counts. The order turns with each
 * round; one round before the first warms caches up and is thrown away, unless `warmUp` is false.
 */
export async function measure(contenders, rounds, { warmUp = true } = {}) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = warmUp ? -1 : 0; round < rounds; round += 1) {
    const turned = round % 2 === 0 ? names : names.toReversed();
    for (const name of turned) {
      const elapsedMs = await contenders[name](round + 1);
      if (round >= 0) times[name].push(elapsedMs);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianOf(times[name])]));
}

function medianOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Wheels of two sizes into a store, by several contenders with four workers each: wall time and processor time.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWheel } from '../demo/distributions.js';
import { measure, timeCommand } from './measure.js';

export const workers = '4';

const sizes = [
  { count: 200, sizeMb: 1 },
  { count: 8, sizeMb: 100 },
];

/**
 * The rows of a store. `commandsOf` gives for a folder of wheels, by name, how each contender copies it into the
 * container that it is told: a function of the container's name, which is new each time.
 */
export async function measureUploads({ store, commandsOf, environment, folder, quick }) {
  const rows = [];
  for (const { count, sizeMb } of quick ? [{ count: 20, sizeMb: 1 }] : sizes) {
    const dist = join(folder, `dist-${count}x${sizeMb}`);
    mkdirSync(dist, { recursive: true });
    for (let number = 0; number < count; number += 1) {
      const payload = randomBytes(sizeMb * 1024 * 1024);
      const { filename, bytes } = makeWheel('bench-stores', `1.${number}`, 'any', payload);
      writeFileSync(join(dist, filename), bytes);
    }
    const what = `${store}, ${count} × ${sizeMb} MB`;
    rows.push(...(await compare(what, await commandsOf(dist), environment, quick ? 1 : 5)));
  }
  return rows;
}

/** A row for the wall time, and one for the processor time. */
async function compare(what, commands, environment, rounds) {
  const cpu = {};
  const contenders = Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [
      name,
      async (round) => {
        const container = `bench-${name.replace(/\W.*/, '')}-${randomBytes(6).toString('hex')}`;
        const { elapsedMs, cpuMs } = await timeWithCpu(command(container), environment);
        if (round > 0) (cpu[name] ??= []).push(cpuMs);
        return elapsedMs;
      },
    ]),
  );
  const times = await measure(contenders, rounds);
  const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const cpuTimes = Object.fromEntries(Object.entries(cpu).map(([name, values]) => [name, middle(values)]));
  return [
    { what, times },
    { what: `${what}: processor time`, times: cpuTimes },
  ];
}

/** The shell's `times` tells what its children have used; its last line is theirs, user and system. */
async function timeWithCpu(command, environment) {
  let output = '';
  const shell = ['-c', '"$@" && times', 'sh', ...command];
  const elapsedMs = await timeCommand('sh', shell, { environment, onOutput: (text) => (output += text) });
  const [user = 0, system = 0] = [
    ...output
      .trimEnd()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ].map(([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000);
  return { elapsedMs, cpuMs: user + system };
}

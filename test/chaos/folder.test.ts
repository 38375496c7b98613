import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFolder } from '../../src/storage/drivers/folder.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { listKeys, readText } from '../conformance/contents.ts';
import { compile } from './compile.ts';
import { makeScratchFolder } from '../storage/scratch-folder.ts';

const writers = 8;
const kills = 40;

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
let program: string;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  scratch = await makeScratchFolder();
  const entry = fileURLToPath(new URL('folder-writer.ts', import.meta.url));
  program = await compile(entry, join(scratch.path, 'program'));
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await scratch.remove();
});

it('loses no confirmed update when 8 processes race and are killed at any moment', async () => {
  const root = join(scratch.path, 'wheels');
  const journals = join(scratch.path, 'journals');
  await openFolder(journals).create();
  const container = openFolder(root);
  await container.create();
  const complaints: string[] = [];

  let started = 0;
  const start = () => {
    const name = `w${started++}`;
    const child = spawn(process.execPath, [program, root, join(journals, name), name], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (text: Buffer) => complaints.push(text.toString()));
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  const children = Array.from({ length: writers }, start);
  const kill = async (i: number) => {
    const exited = once(children[i]!, 'exit');
    children[i]!.kill('SIGKILL');
    await exited;
  };

  for (let n = 0; n < kills; n++) {
    // Long enough for a start and some writes, never in step with them.
    await delay(20 + Math.random() * 150);
    const victim = Math.floor(Math.random() * writers);
    await kill(victim);
    children[victim] = start();
    expect((await listKeys(container)).filter((key) => key !== 'page')).toEqual([]);
  }
  await Promise.all(children.map((_child, i) => kill(i)));
  expect(complaints).toEqual([]);

  const lines = ((await readText(container, 'page')) ?? '').split('\n').slice(0, -1);
  const noted = (
    await Promise.all((await readdir(journals)).map((name) => readNoted(journals, name)))
  ).flat();
  expect(noted.length).toBeGreaterThan(0);
  expect(new Set(lines).size).toBe(lines.length);
  const written = new Set(lines);
  expect(noted.filter((line) => !written.has(line))).toEqual([]);
  // A writer may die between the container's answer and its note: one line each.
  expect(lines.length - noted.length).toBeLessThanOrEqual(started);

  // The next writer gets through whatever the dead left, and clears it away.
  const next = openFolder(root);
  await next.write('page', bytesSource('next\n'), {
    contentType: 'text/plain',
    condition: { ifTag: (await next.stat('page'))!.tag },
  });
  await next.close();
  expect(await readText(container, 'page')).toBe('next\n');
  expect((await readdir(join(root, '.wheelhouse', 'tmp'))).filter((name) => name.endsWith('.part'))).toEqual(
    [],
  );
});

async function readNoted(journals: string, name: string): Promise<string[]> {
  if (name.startsWith('.')) return [];
  return (await readFile(join(journals, name), 'utf8')).split('\n').slice(0, -1);
}

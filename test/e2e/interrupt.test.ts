import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

/** A registry that takes a connection and then says nothing. */
async function startSilence() {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: stop };
}

async function waitingPublish(signals: NodeJS.Signals[]) {
  await using silence = await startSilence();
  await using folder = await makeFolder();
  await mkdir(join(folder.path, 'dist'));
  const wheel = makeWheel({ project: 'tinyproject', version: '1.0' });
  await writeFile(join(folder.path, 'dist', wheel.filename), wheel.bytes);
  const args = ['publish', '--repository-url', silence.url, '--username', 'me', '--json', '--verbose'];
  let sent = 0;
  return await runBin([...args, '--password', 'hunter2-secret'], {
    cwd: folder.path,
    onOutput: (_, interrupt) => {
      if (sent++ > 0) return;
      // The first words are out, so the handlers are in place; the run now waits for the silent registry.
      signals.forEach((signal, index) => setTimeout(() => interrupt(signal), 300 + index * 50));
    },
  });
}

describe('an interrupt', () => {
  it.each<[string, NodeJS.Signals[]]>([
    ['Ctrl-C', ['SIGINT']],
    ['a terminated job', ['SIGTERM']],
  ])('by %s ends a waiting run with exit 130 and a summary', async (_, signals) => {
    const run = await waitingPublish(signals);
    expect(run.signal).toBeNull();
    expect(run.code).toBe(130);
    expect(run.summary()).toMatchObject({ command: 'publish', ok: false, exitCode: 130 });
    expect(run.stdout + run.stderr).not.toContain('hunter2-secret');
  });

  it('given twice ends at once', async () => {
    const run = await waitingPublish(['SIGINT', 'SIGINT']);
    expect(run.code).toBe(130);
  });
});

import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalName, openJournal } from '../../../src/flows/publish/journal.ts';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import { makeFolder, makeWheel } from '../../make-distribution.ts';
import { startPypiServer } from '../../servers/pypi-server.ts';
import { startRecordingServer } from '../../servers/recording-server.ts';
import { publishTo, resultOf } from '../publications.ts';

const url = 'https://upload.example.com/legacy/';
const wheel = { filename: 'tiny-1.0-py3-none-any.whl', sha256: 'a'.repeat(64) };

async function linesIn(folder: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(folder, journalName), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the journal', () => {
  it('is one JSON line for each thing that happened, in its order', async () => {
    await using folder = await makeFolder();
    const journal = await openJournal(folder.path, url);
    journal.record(wheel, { event: 'attempt', attempt: 1 });
    journal.record(wheel, { event: 'failed', reason: 'no answer' });
    await new Promise((resolve) => setImmediate(resolve));
    journal.record(wheel, { event: 'accepted' });
    await journal.close({ complete: false });
    expect(await linesIn(folder.path)).toMatchObject([
      { target: url, ...wheel, event: 'attempt', attempt: 1 },
      { event: 'failed', reason: 'no answer' },
      { event: 'accepted', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string },
    ]);
  });

  it('remembers what this registry accepted: the same name, the same bytes', async () => {
    await using folder = await makeFolder();
    const first = await openJournal(folder.path, url);
    expect(first.sentBefore(wheel)).toBe(false);
    first.record(wheel, { event: 'accepted' });
    first.record({ ...wheel, filename: 'b.whl' }, { event: 'attempt', attempt: 1 });
    await first.close({ complete: false });
    const second = await openJournal(folder.path, url);
    expect(second.sentBefore(wheel)).toBe(true);
    expect(second.sentBefore({ ...wheel, sha256: 'b'.repeat(64) })).toBe(false);
    expect(second.sentBefore({ ...wheel, filename: 'b.whl' })).toBe(false);
    const elsewhere = await openJournal(folder.path, 'https://other.example.com/');
    expect(elsewhere.sentBefore(wheel)).toBe(false);
  });

  it('passes over lines that a crash cut short, and what others wrote', async () => {
    await using folder = await makeFolder();
    const first = await openJournal(folder.path, url);
    first.record(wheel, { event: 'accepted' });
    await first.close({ complete: false });
    await appendFile(join(folder.path, journalName), 'null\n[]\n{"event":"accepted"}\n{"time":"20');
    const second = await openJournal(folder.path, url);
    expect(second.sentBefore(wheel)).toBe(true);
  });

  it('goes once the release is complete, and is no file before anything happened', async () => {
    await using folder = await makeFolder();
    const idle = await openJournal(folder.path, url);
    await idle.close({ complete: false });
    await expect(linesIn(folder.path)).rejects.toThrow('ENOENT');
    const journal = await openJournal(folder.path, url);
    journal.record(wheel, { event: 'accepted' });
    await journal.close({ complete: true });
    await expect(linesIn(folder.path)).rejects.toThrow('ENOENT');
  });

  it('is done without where it cannot be kept, and says so once', async () => {
    const folder = await makeFolder();
    const events: WheelhouseEvent[] = [];
    const journal = await openJournal(folder.path, url, (event) => events.push(event));
    await rm(folder.path, { recursive: true });
    journal.record(wheel, { event: 'attempt', attempt: 1 });
    journal.record(wheel, { event: 'accepted' });
    await journal.close({ complete: true });
    expect(events).toMatchObject([
      { event: 'detail', message: expect.stringContaining('no journal is kept') as string },
    ]);
  });
});

describe('a run', () => {
  const made = makeWheel({ project: 'tiny', version: '1.0' });

  it('leaves no journal when everything is verified', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([made]);
    await publishTo(server, dist.path);
    await expect(linesIn(dist.path)).rejects.toThrow('ENOENT');
  });

  it('that failed leaves what it tried', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([made]);
    server.faults.push({ kind: 'status', status: 500, times: 9 });
    await publishTo(server, dist.path, { retries: { attempts: 2, baseDelayMs: 1 } });
    expect((await linesIn(dist.path)).map(({ event }) => event)).toEqual(['attempt', 'attempt', 'failed']);
  });

  it('goes on where the registry has no index to ask: what was accepted is not in conflict with itself', async () => {
    await using server = await startRecordingServer((_, n) => (n === 1 ? { status: 200 } : { status: 409 }));
    await using dist = await makeFolder([made]);
    const to = { uploadUrl: server.url };
    const first = await publishTo(to, dist.path);
    expect(resultOf(first, made.filename)).toMatchObject({
      outcome: 'published',
      reason: 'accepted; the registry has no index to verify it with',
    });
    expect(first.summary?.ok).toBe(true);
    const second = await publishTo(to, dist.path);
    expect(resultOf(second, made.filename)).toMatchObject({
      outcome: 'already-there',
      reason: 'sent by an earlier run',
    });
    await rm(join(dist.path, journalName));
    const third = await publishTo(to, dist.path);
    expect(resultOf(third, made.filename)).toMatchObject({ outcome: 'failed' });
    const fourth = await publishTo(to, dist.path, { skipExisting: true });
    expect(resultOf(fourth, made.filename)).toMatchObject({ outcome: 'already-there' });
  });

  it('goes on where the index gives no digests', async () => {
    await using server = await startPypiServer({ mode: 'pypiserver', index: 'html-without-digests' });
    await using dist = await makeFolder([made]);
    const first = await publishTo(server, dist.path);
    expect(resultOf(first, made.filename)?.reason).toBe(
      'accepted and listed; the index gives no digest to compare',
    );
    const second = await publishTo(server, dist.path);
    expect(second.summary).toMatchObject({ ok: true, counts: { 'already-there': 1 } });
    await rm(join(dist.path, journalName));
    const third = await publishTo(server, dist.path);
    expect(third.summary).toMatchObject({ ok: false, counts: { failed: 1 } });
    expect(server.requests.filter(({ kind }) => kind === 'upload')).toHaveLength(1);
  });
});

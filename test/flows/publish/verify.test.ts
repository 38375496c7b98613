import { describe, expect, it } from 'vitest';
import { createPace } from '../../../src/flows/publish/pace.ts';
import { verifyRelease } from '../../../src/flows/publish/verify.ts';
import { WheelhouseError } from '../../../src/model/errors.ts';
import type { RegistryFile } from '../../../src/registry/target.ts';
import { makeFolder, makeSdist, makeWheel } from '../../make-distribution.ts';
import { imaginary } from '../../registry/artifacts.ts';
import { startPypiServer } from '../../servers/pypi-server.ts';
import { eventsOf, publishTo, resultOf } from '../publications.ts';

const release = { project: 'tiny', version: '1.0' };
const made = makeWheel(release);
const sdist = await makeSdist(release);

describe('a verification', () => {
  const wheel = imaginary('tiny-1.0-py3-none-any.whl', '');
  const other = imaginary('tiny-1.0.tar.gz', '');
  const shown = new Map(
    [wheel, other].map(({ filename, sha256 }) => [filename, { filename, hashes: { sha256 } }]),
  );

  /** An index whose reads give these pages, the last of them for ever; an error is thrown. */
  function pages(...given: (ReadonlyMap<string, RegistryFile> | WheelhouseError | undefined)[]) {
    let reads = 0;
    const known = () => {
      const page = given[Math.min(reads++, given.length - 1)];
      return page instanceof WheelhouseError ? Promise.reject(page) : Promise.resolve(page);
    };
    return { known, reads: () => reads };
  }

  async function verify(target: ReturnType<typeof pages>, awaited = [wheel, other], patienceMs = 10_000) {
    const waits: number[] = [];
    const behind: [files: number, reason: string | undefined][] = [];
    const verdicts = await verifyRelease(
      target,
      [wheel, other],
      new Set(awaited.map(({ filename }) => filename)),
      {
        patienceMs,
        sleep: (ms) => Promise.resolve(void waits.push(ms)),
        onBehind: ({ length }, reason) => behind.push([length, reason]),
      },
    );
    return { verdicts: [...verdicts.values()].map(({ presence }) => presence), waits, behind };
  }
  const none = new Map<string, RegistryFile>();
  const down = new WheelhouseError('SERVER_ERROR', 'down');

  it('reads the index once while everything is shown', async () => {
    const target = pages(shown);
    expect(await verify(target)).toEqual({ verdicts: ['same', 'same'], waits: [], behind: [] });
    expect(target.reads()).toBe(1);
  });

  it.each([
    ['an old page', none, undefined],
    ['a failure', down, 'down'],
  ])('waits longer and longer while the index serves %s', async (_, page, reason) => {
    const target = pages(page, page, page, shown);
    expect(await verify(target)).toEqual({
      verdicts: ['same', 'same'],
      waits: [1000, 2000, 4000],
      behind: [[2, reason]],
    });
  });

  it('ends its patience in time', async () => {
    expect(await verify(pages(none))).toEqual({
      verdicts: ['absent', 'absent'],
      waits: [1000, 2000, 4000, 3000],
      behind: [[2, undefined]],
    });
  });

  it.each([
    ['what is not awaited', pages(none), []],
    ['what has no index', pages(undefined), [wheel, other]],
    [
      'what is shown with other bytes or no digest',
      pages(
        new Map(
          [wheel, other].map(({ filename }, n) => [
            filename,
            { filename, hashes: n === 0 ? {} : { sha256: 'ff' } },
          ]),
        ),
      ),
      [wheel, other],
    ],
  ])('does not wait for %s', async (_, target, awaited) => {
    expect((await verify(target, awaited)).waits).toEqual([]);
    expect(target.reads()).toBe(1);
  });

  it('looks once without patience', async () => {
    const target = pages(none);
    await verify(target, [wheel], 0);
    expect(target.reads()).toBe(1);
  });
});

describe('a registry whose index is behind', () => {
  it('is waited for', async () => {
    await using server = await startPypiServer({ index: 'html' });
    await using dist = await makeFolder([made, sdist]);
    server.faults.push({ kind: 'stale-index', times: 5 });
    const done = await publishTo(server, dist.path);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 2 } });
    expect(done.waits).toEqual([1000, 2000, 4000]);
    const notices = eventsOf(done, 'notice').map(({ message }) => message);
    expect(notices.filter((message) => message.startsWith('waiting'))).toEqual([
      'waiting for the index to show 2 of 2 files',
    ]);
  });

  it('for longer than our patience leaves the release unverified: exit 1, and what to do', async () => {
    await using server = await startPypiServer({ index: 'html' });
    await using dist = await makeFolder([made, sdist]);
    server.faults.push({ kind: 'stale-index', times: 99 });
    const done = await publishTo(server, dist.path, { verifyPatienceMs: 5000 });
    expect(done.summary).toMatchObject({ ok: false, exitCode: 1, counts: { published: 2 } });
    expect(resultOf(done, made.filename)?.reason).toMatch(/^unverified/);
    expect(eventsOf(done, 'warning')).toMatchObject([
      {
        message: expect.stringMatching(
          /^unverified: .* accepted 2 files that its index does not show yet$/,
        ) as string,
      },
    ]);
    expect(done.summary?.nextSteps?.[0]).toMatch(/^wheelhouse publish /);
    server.faults.length = 0;
    const again = await publishTo(server, dist.path);
    expect(again.summary).toMatchObject({ ok: true, counts: { 'already-there': 2 } });
  });

  it('is not looked at when verification is not asked for, and the reason says so', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([made]);
    const done = await publishTo(server, dist.path, { verify: false });
    expect(done.summary?.ok).toBe(true);
    expect(resultOf(done, made.filename)?.reason).toBe('accepted; not verified');
    expect(server.requests.at(-1)?.kind).toBe('upload');
  });

  it('tells success only after it was verified', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([made, sdist]);
    let verified = false;
    const order: string[] = [];
    await publishTo(server, dist.path, {
      onEvent: (event) => {
        if (event.event === 'artifact') order.push(`${event.outcome} ${String(verified)}`);
        verified = server.requests.at(-1)?.kind === 'index';
      },
    });
    expect(order).toHaveLength(2);
    expect(server.requests.at(-1)?.kind).toBe('index');
  });
});

describe('the pace', () => {
  it('holds everyone for the longest that was asked, and no longer', async () => {
    const open: (() => void)[] = [];
    const asked: number[] = [];
    const pace = createPace(
      (ms) =>
        new Promise((resolve) => {
          asked.push(ms);
          open.push(resolve);
        }),
      new AbortController().signal,
    );
    await pace.ready();
    pace.note(new WheelhouseError('RATE_LIMITED', 'slow', { retryAfterMs: 7000 }));
    pace.note(new WheelhouseError('SERVER_ERROR', 'busy', { retryAfterMs: 900_000 }));
    pace.note(new WheelhouseError('SERVER_ERROR', 'broken'));
    pace.note(new WheelhouseError('RATE_LIMITED', 'slow'));
    expect(asked).toEqual([7000, 120_000, 1000]);
    const passed: number[] = [];
    const waiting = [1, 2].map((n) => pace.ready().then(() => passed.push(n)));
    open[0]?.();
    open[2]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toEqual([]);
    open[1]?.();
    await Promise.all(waiting);
    expect(passed).toEqual([1, 2]);
  });

  it('lets nobody pass after an interruption', async () => {
    const interrupt = new AbortController();
    const pace = createPace(() => Promise.reject(new Error('interrupted')), interrupt.signal);
    pace.note(new WheelhouseError('RATE_LIMITED', 'slow'));
    interrupt.abort();
    await expect(pace.ready()).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

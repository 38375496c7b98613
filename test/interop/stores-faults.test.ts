import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashStream } from '../../src/wheelhouse/verified-source.ts';
import { listKeys } from '../conformance/contents.ts';
import { startFaultProxy, type Fault } from '../servers/fault-proxy.ts';
import { outcomesOf, runBinForSummary } from './commands.ts';
import {
  digestsOf,
  fillDist,
  openStore,
  readPages,
  storeEnvironment,
  stores,
  type Dist,
  type RunningStore,
} from './stores.ts';

// Proof: whatever happens between the tool and the store, nothing is lost, nothing is doubled, and it ends in time.

interface Request {
  readonly n: number;
  readonly method: string;
  readonly url: string;
}

const isWrite = ({ method }: Request) => !['GET', 'HEAD'].includes(method);
const isRead = ({ method }: Request) => method === 'GET';
const errorPage = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
const projects = ['shared', 'own-1', 'own-2'];

let root: string;
let first: Dist;
let second: Dist;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-faults-'));
  first = await fillDist(root, 1);
  second = await fillDist(root, 2);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Every third request of a kind fails, but no address more than twice: a retry always helps in the end. */
function nowAndThen(fault: Fault, isMeant: (request: Request) => boolean = () => true) {
  const failures = new Map<string, number>();
  let meant = 0;
  return (request: Request): Fault | undefined => {
    if (!isMeant(request) || meant++ % 3 !== 0) return undefined;
    const address = `${request.method} ${request.url}`;
    const count = (failures.get(address) ?? 0) + 1;
    failures.set(address, count);
    return count > 2 ? undefined : fault;
  };
}

// At once, each in a container of its own: nearly all of the time is spent waiting for the next retry.
describe.concurrent.each(stores)('$name', ({ start, isListing }) => {
  let store: RunningStore;
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const upload = (container: string, { folder }: Dist, origin = store.origin, env = {}) =>
    runBinForSummary(['upload', container, '--local-folder', folder], {
      env: { ...storeEnvironment(store, origin), ...env },
    });
  /** What the pages of a container list, each with the digest of the bytes that are really there. */
  const expectWhole = async (container: string, dists: readonly Dist[]) => {
    const opened = await openStore(store, container);
    const expected = digestsOf(dists.flatMap(({ wheels }) => wheels));
    const { flat, simple, metadata } = await readPages(opened, projects);
    for (const listed of [flat, simple, metadata]) expect(listed).toEqual(expected);
    const keys = await listKeys(opened);
    expect(keys.filter((key) => key.endsWith('.whl'))).toEqual([...expected.keys()].sort());
    for (const [filename, sha256] of expected) {
      const { body } = (await opened.read(filename))!;
      expect(await hashStream(body)).toBe(sha256);
    }
    await opened.close();
  };

  it.each<[string, (request: Request) => Fault | undefined]>([
    ['500', nowAndThen({ kind: 'status', status: 500, body: errorPage('InternalError') })],
    ['503 SlowDown', nowAndThen({ kind: 'status', status: 503, body: errorPage('SlowDown') })],
    ['429', nowAndThen({ kind: 'status', status: 429, headers: { 'retry-after': '1' } })],
    ['a reset half way through what is sent', nowAndThen({ kind: 'reset-request' }, isWrite)],
    ['a reset half way through an answer', nowAndThen({ kind: 'reset-answer' }, isRead)],
    ['a listing cut short', nowAndThen({ kind: 'cut-answer' }, (request) => isListing(request))],
    ['an answer lost after a successful write', nowAndThen({ kind: 'lose-answer' }, isWrite)],
    ['silence', ({ n }) => (n % 9 === 3 && n < 30 ? { kind: 'silence' } : undefined)],
  ])('now and then %s: all is there, once', async (_what, misbehave) => {
    const container = store.freshContainer();
    for (const dist of [first, second]) {
      await using proxy = await startFaultProxy(store.origin, misbehave);
      const run = await upload(container, dist, proxy.origin, { WHEELHOUSE_UPLOADER_TIMEOUT: '2' });
      expect(run.summary, run.stderr).toMatchObject({ ok: true, counts: { uploaded: 3 } });
      expect(run.status).toBe(0);
      if (dist === first) expect(proxy.requests.some(({ fault }) => fault !== undefined)).toBe(true);
    }
    await expectWhole(container, [first, second]);
  });

  it.each<[string, Fault, RegExp]>([
    ['500', { kind: 'status', status: 500, body: errorPage('InternalError') }, /500|InternalError/],
    ['silence', { kind: 'silence' }, /silen|answer|time/i],
    ['403', { kind: 'status', status: 403, body: errorPage('AccessDenied') }, /403|AccessDenied|denied/i],
  ])(
    'nothing but %s: fails in one line, in time',
    async (_what, fault, said) => {
      await using proxy = await startFaultProxy(store.origin, () => fault);
      const run = await upload(store.freshContainer(), first, proxy.origin, {
        WHEELHOUSE_UPLOADER_TIMEOUT: '1',
      });
      expect(run.status).toBe(1);
      expect(run.stderr).not.toMatch(/^\s+at /m);
      const errors = run.stdout.split('\n').filter((line) => line.includes('"event":"error"'));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(said);
      if (fault.kind === 'status' && fault.status === 403) expect(proxy.requests.length).toBeLessThan(5);
    },
    120_000,
  );

  it.each([403, 500])('%i on reading the index never ends in a smaller index', async (status) => {
    const targets: [string, (request: Request) => boolean][] = [
      [
        'metadata.json',
        (request) => isRead(request) && decodeURIComponent(request.url).includes('metadata.json'),
      ],
      [
        'flat page',
        (request) => isRead(request) && decodeURIComponent(request.url).includes('wheels/index.html'),
      ],
      [
        'project page',
        (request) => isRead(request) && decodeURIComponent(request.url).includes('simple/shared/index'),
      ],
      ['listing', (request) => isListing(request)],
    ];
    const body = errorPage(status === 403 ? 'AccessDenied' : 'InternalError');
    // At once, each in a container of its own: most of the time is spent waiting for the next retry.
    const attempts = targets.map(async ([what, isTarget]) => {
      const container = store.freshContainer();
      expect((await upload(container, first)).status).toBe(0);
      await using proxy = await startFaultProxy(store.origin, (request) =>
        isTarget(request) ? { kind: 'status', status, body } : undefined,
      );
      const run = await upload(container, second, proxy.origin);
      expect(run.status, what).toBe(1);
      expect(
        proxy.requests.some(({ fault }) => fault !== undefined),
        what,
      ).toBe(true);
      const opened = await openStore(store, container);
      const { flat, simple, metadata } = await readPages(opened, projects);
      await opened.close();
      for (const listed of [flat, simple, metadata])
        expect([...listed], what).toEqual(expect.arrayContaining([...digestsOf(first.wheels)]));
      const healed = await upload(container, second);
      expect(Object.values(outcomesOf(healed.summary))).toHaveLength(3);
      expect(healed.status).toBe(0);
      await expectWhole(container, [first, second]);
    });
    await Promise.all(attempts);
  });
});

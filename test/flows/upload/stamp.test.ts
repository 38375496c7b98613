import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { upload } from '../../../src/flows/upload.ts';
import { openMemory } from '../../../src/storage/drivers/memory.ts';
import { sidecarKey } from '../../../src/wheelhouse/layout.ts';
import { makeFolder, makeSdist, makeWheel } from '../../make-distribution.ts';
import { brokenPromises, flatDigests } from '../../wheelhouse/stored.ts';
import { uploadFiles } from '../uploads.ts';

const dev = makeWheel({ project: 'pkg', version: '1.1.dev0+g123', requiresPython: '>=3.9' });
const devSdist = await makeSdist({ project: 'pkg', version: '1.1.dev0' });
const release = makeWheel({ project: 'pkg', version: '1.0' });
const at = (time: string) => ({ stamp: true, clock: () => new Date(time) });
const stampedName = 'pkg-1.1.dev0+20261121100000.g123-py3-none-any.whl';

/** The temporary folder of the process for a test, to see what stays in it. */
let scratch: string;
let temporaryFolder: string | undefined;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'wheelhouse-test-'));
  temporaryFolder = process.env['TMPDIR'];
  process.env['TMPDIR'] = scratch;
});
afterEach(async () => {
  if (temporaryFolder === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporaryFolder;
  await rm(scratch, { recursive: true });
});

describe('stamping', () => {
  it('uploads a dev wheel under its stamped name, sidecar and all', async () => {
    const container = openMemory();
    const summary = await uploadFiles(container, [dev, devSdist, release], at('2026-11-21T10:00:00Z'));
    expect(summary.counts).toEqual({ uploaded: 3 });
    const listed = flatDigests(container.store);
    expect(Object.keys(listed).sort()).toEqual([release.filename, stampedName, devSdist.filename].sort());
    expect(listed[release.filename]).toBe(release.sha256);
    expect(listed[devSdist.filename]).toBe(devSdist.sha256);
    const metadata = container.store.get(sidecarKey(stampedName))?.bytes.toString();
    expect(metadata).toContain('\nVersion: 1.1.dev0+20261121100000.g123\n');
    expect(brokenPromises(container.store)).toEqual([]);
  });

  it('makes the same bytes of the same wheel at the same time', async () => {
    const digests = [];
    for (const container of [openMemory(), openMemory()]) {
      await uploadFiles(container, [dev], at('2026-11-21T10:00:00Z'));
      digests.push(flatDigests(container.store)[stampedName]);
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });

  it('keeps every build: a later upload of the same wheel is another version', async () => {
    const container = openMemory();
    for (const time of ['2026-11-21T10:00:00Z', '2026-11-21T10:01:00Z'])
      await uploadFiles(container, [dev], at(time));
    expect(Object.keys(flatDigests(container.store)).sort()).toEqual([
      stampedName,
      stampedName.replace('100000', '100100'),
    ]);
  });

  it('leaves the folder as it was, and nothing behind', async () => {
    await using folder = await makeFolder([dev, release]);
    const summary = await upload({ container: openMemory(), localFolder: folder.path });
    expect(summary.ok).toBe(true);
    expect((await readdir(folder.path)).sort()).toEqual([dev.filename, release.filename].sort());
    expect((await readFile(join(folder.path, dev.filename))).equals(dev.bytes)).toBe(true);
    expect((await readdir(scratch)).filter((name) => name !== folder.path.split('/').at(-1))).toEqual([]);
  });

  it('leaves nothing behind after an interruption and after a failure', async () => {
    await using folder = await makeFolder([dev]);
    const before = await readdir(scratch);
    const stop = new AbortController();
    const container = openMemory();
    const stopped = upload({
      container,
      localFolder: folder.path,
      signal: stop.signal,
      onEvent: ({ event }) => {
        if (event === 'plan') stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    const refusing = { open: () => Promise.reject(new Error('no such store')) };
    await expect(upload({ container: refusing, localFolder: folder.path })).rejects.toThrow('no such store');
    expect(await readdir(scratch)).toEqual(before);
  });

  it('tells what it cannot stamp, and uploads the rest', async () => {
    const container = openMemory();
    const broken = { filename: 'pkg-1.2.dev0-py3-none-any.whl', bytes: dev.bytes };
    const summary = await uploadFiles(container, [broken, release], at('2026-11-21T10:00:00Z'));
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { failed: 1, uploaded: 1 } });
    expect(summary.artifacts.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      filename: broken.filename,
      sha256: null,
    });
    expect(Object.keys(flatDigests(container.store))).toEqual([release.filename]);
  });

  it('shows the stamped name in a dry run, and uploads nothing', async () => {
    const container = openMemory();
    const summary = await uploadFiles(container, [dev], { ...at('2026-11-21T10:00:00Z'), dryRun: true });
    expect(summary.artifacts).toMatchObject([{ filename: stampedName, outcome: 'uploaded' }]);
    expect(container.calls.filter(({ operation }) => operation === 'write')).toEqual([]);
  });

  it('can be left out', async () => {
    const container = openMemory();
    await uploadFiles(container, [dev], { stamp: false });
    expect(flatDigests(container.store)).toEqual({ [dev.filename]: dev.sha256 });
  });
});

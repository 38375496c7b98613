import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import type { PublishTarget } from '../../src/registry/target.ts';
import { openUploadApi } from '../../src/registry/upload-api.ts';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { startPypiServer } from '../servers/pypi-server.ts';
import { eventsOf, outcomesOf, publishTo, resultOf } from './publications.ts';

const release = { project: 'tiny-project', version: '1.0', requiresPython: '>=3.8' };
const pure = makeWheel(release);
const linux = makeWheel({ ...release, tag: 'cp312-cp312-manylinux_2_17_x86_64' });
const sdist = await makeSdist(release);
const all = [pure, linux, sdist];
const changed = makeWheel({ ...release, module: 'version = "changed"\n' });

describe('attestations', () => {
  it('are asked of no registry that takes none: nothing is sent without', async () => {
    await using server = await startPypiServer({ mode: 'pypi' });
    await using dist = await makeFolder(all);
    const { error } = await publishTo(server, dist.path, { attestations: true });
    expect(error).toMatchObject({ code: 'USAGE', exitCode: 2, message: /takes no attestations/ });
    expect(server.requests).toEqual([]);
  });

  it.each([
    [true, [linux.filename, sdist.filename]],
    [false, []],
  ])('are made where they are asked for (%s), of what is sent', async (attestations, expected) => {
    await using server = await startPypiServer({ mode: 'pypi' });
    await using part = await makeFolder([pure]);
    await using dist = await makeFolder(all);
    await publishTo(server, part.path);
    const attested: string[] = [];
    const target = openUploadApi({ url: server.uploadUrl, http: createHttp() });
    const attest: PublishTarget['attest'] = ({ filename }) => {
      attested.push(filename);
      return Promise.resolve('{}');
    };
    const open = () => Promise.resolve({ ...target, attest });
    expect(await publishTo(server, dist.path, { target: { open }, attestations })).toMatchObject({
      summary: { ok: true, counts: { published: 2, 'already-there': 1 } },
    });
    expect(attested.sort()).toEqual(expected);
  });
});

describe.each(['pypi', 'gitlab', 'pypiserver', 'nexus', 'artifactory'] as const)(
  'publishing to a registry like %s',
  (mode) => {
    it('sends everything, the sdist last, and verifies it', async () => {
      await using server = await startPypiServer({ mode });
      await using dist = await makeFolder(all);
      const done = await publishTo(server, dist.path);
      expect(done.error).toBeUndefined();
      expect(done.summary).toMatchObject({ ok: true, exitCode: 0, counts: { published: 3 } });
      const sent = server.requests.filter(({ kind }) => kind === 'upload').map(({ filename }) => filename);
      expect(sent).toHaveLength(3);
      expect(sent.at(-1)).toBe(sdist.filename);
      for (const { filename, sha256 } of all) expect(server.files.get(filename)?.sha256).toBe(sha256);
      expect(done.waits).toEqual([]);
      expect(done.summary?.nextSteps).toEqual([
        `pip install --index-url ${server.indexUrl} tiny_project==1.0`,
      ]);
    });

    it('sends nothing a second time', async () => {
      await using server = await startPypiServer({ mode });
      await using dist = await makeFolder(all);
      await publishTo(server, dist.path);
      server.requests.length = 0;
      const again = await publishTo(server, dist.path);
      expect(again.summary).toMatchObject({ ok: true, exitCode: 0, counts: { 'already-there': 3 } });
      expect(server.requests.map(({ kind }) => kind)).toEqual(['index']);
    });

    it('completes a release that is there in part', async () => {
      await using server = await startPypiServer({ mode });
      await using part = await makeFolder([pure]);
      await using whole = await makeFolder(all);
      await publishTo(server, part.path);
      const done = await publishTo(server, whole.path);
      expect(outcomesOf(done)).toEqual({
        [pure.filename]: 'already-there',
        [linux.filename]: 'published',
        [sdist.filename]: 'published',
      });
    });

    it('sends nothing at all while one file is in conflict', async () => {
      await using server = await startPypiServer({ mode });
      await using before = await makeFolder([changed]);
      await using dist = await makeFolder(all);
      await publishTo(server, before.path);
      server.requests.length = 0;
      const done = await publishTo(server, dist.path);
      expect(done.summary).toMatchObject({ ok: false, exitCode: 1, counts: { conflict: 1, failed: 2 } });
      expect(resultOf(done, pure.filename)).toMatchObject({
        outcome: 'conflict',
        reason: expect.stringMatching(/^other bytes are there \(.*--skip-existing/) as string,
      });
      expect(resultOf(done, sdist.filename)?.reason).toBe(`not sent: ${pure.filename} is in conflict`);
      expect(done.summary?.nextSteps).toBeUndefined();
      expect(server.requests.filter(({ kind }) => kind === 'upload')).toEqual([]);
    });

    it('passes a conflict over with --skip-existing, and says so', async () => {
      await using server = await startPypiServer({ mode });
      await using before = await makeFolder([changed]);
      await using dist = await makeFolder(all);
      await publishTo(server, before.path);
      const done = await publishTo(server, dist.path, { skipExisting: true });
      expect(done.summary).toMatchObject({ ok: true, counts: { 'already-there': 1, published: 2 } });
      expect(resultOf(done, pure.filename)?.reason).toBe('other bytes are there, and stay');
    });

    it('plans a dry run as it plans the real one, and sends nothing', async () => {
      await using server = await startPypiServer({ mode });
      await using part = await makeFolder([linux]);
      await using dist = await makeFolder(all);
      await publishTo(server, part.path);
      server.requests.length = 0;
      const dry = await publishTo(server, dist.path, { dryRun: true });
      expect(server.requests.map(({ kind }) => kind)).not.toContain('upload');
      expect((await readdir(dist.path)).sort()).toEqual(all.map(({ filename }) => filename).sort());
      const real = await publishTo(server, dist.path);
      const [dryPlan] = eventsOf(dry, 'plan');
      const [realPlan] = eventsOf(real, 'plan');
      expect(dryPlan).toEqual({ ...realPlan, dryRun: true });
      expect(dry.summary).toMatchObject({ dryRun: true, ok: true });
      expect(outcomesOf(dry)).toEqual(outcomesOf(real));
    });
  },
);

describe('what is published', () => {
  it.each([
    {
      name: 'two projects',
      options: {},
      message: 'holds 2 projects: other, tiny-project',
      hint: '--project',
    },
    {
      name: 'two versions',
      options: { project: 'Tiny.Project' },
      message: 'holds 2 versions: 1.0, 1.10',
      hint: '--version',
    },
  ])('is an error while the folder holds $name', async ({ options, message, hint }) => {
    await using server = await startPypiServer();
    const newer = makeWheel({ ...release, version: '1.10' });
    const other = makeWheel({ project: 'other', version: '1.0' });
    await using dist = await makeFolder([pure, newer, other]);
    const { error } = await publishTo(server, dist.path, options);
    expect(error?.code).toBe('USAGE');
    expect(error?.message).toContain(message);
    expect(error?.hint).toContain(hint);
    expect(error?.hint).toContain('--all-projects');
    expect(server.requests).toEqual([]);
  });

  it('is an error of usage without any workers', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([pure]);
    const { error } = await publishTo(server, dist.path, { maxWorkers: 0 });
    expect(error).toMatchObject({ code: 'USAGE', message: '0 is no number of workers' });
  });

  it('is everything with --all-projects, with one read of the index for each project', async () => {
    await using server = await startPypiServer();
    const other = makeWheel({ project: 'other', version: '2.0' });
    await using dist = await makeFolder([...all, other]);
    const done = await publishTo(server, dist.path, { allProjects: true });
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 4 } });
  });

  it('names what it passes over, but not its own journal', async () => {
    await using server = await startPypiServer({ index: 'html-without-digests' });
    await using dist = await makeFolder([pure, { filename: 'notes.txt', bytes: 'x' }]);
    await publishTo(server, dist.path);
    const again = await publishTo(server, dist.path);
    expect(eventsOf(again, 'passed-over').map(({ name }) => name)).toEqual(['notes.txt']);
  });
});

describe('a preflight', () => {
  const local = makeWheel({ ...release, version: '1.0+local' });

  it('reports all problems together, and nothing is sent', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([
      local,
      makeWheel({ ...release, version: '1.0+local', tag: 'cp312-cp312-linux_x86_64' }),
    ]);
    const { error } = await publishTo(server, dist.path, { rules: 'pypi' });
    expect(error?.code).toBe('INCOMPLETE');
    const files = new Set(error?.errors.map(({ message }) => message.split(':')[0]));
    expect(files.size).toBe(2);
    expect(error?.hint).toContain('--no-preflight');
    expect(server.requests).toEqual([]);
  });

  it('reports what cannot be read among the others, and does not advise to do without it', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([
      local,
      { filename: linux.filename.replace('1.0', '1.0+local'), bytes: 'no zip' },
    ]);
    const { error } = await publishTo(server, dist.path, { rules: 'pypi' });
    const files = new Set(error?.errors.map(({ message }) => message.split(':')[0]));
    expect(files.size).toBe(2);
    expect(error?.hint).toBe('build them anew');
  });

  it('tells of every artifact what keeps it back', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([pure, sdist, { filename: linux.filename, bytes: 'no zip' }]);
    const done = await publishTo(server, dist.path);
    expect(done.error?.hint).toBe('build it anew');
    const told = eventsOf(done, 'artifact');
    const reasonOf = (name: string) => told.find(({ filename }) => filename === name)?.reason ?? '';
    expect(told.map(({ outcome, said }) => [outcome, said])).toEqual(told.map(() => ['failed', true]));
    expect(reasonOf(linux.filename)).toMatch(/^is a text file, not a wheel/);
    for (const { filename } of [pure, sdist])
      expect(reasonOf(filename)).toBe(`not sent: ${linux.filename}: ${reasonOf(linux.filename)}`);
    expect(told.map(({ sha256 }) => sha256)).toContain(pure.sha256);
  });

  it('takes an empty wheel for a damaged one of the release', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([pure, { filename: linux.filename, bytes: '' }]);
    const { error } = await publishTo(server, dist.path);
    expect(error?.errors.map(({ message }) => message)).toEqual([
      `${linux.filename}: is an empty file, not a wheel`,
    ]);
    expect(server.files.size).toBe(0);
  });

  it('can be done without: then problems are warnings', async () => {
    await using server = await startPypiServer({ mode: 'pypiserver' });
    await using dist = await makeFolder([local]);
    const done = await publishTo(server, dist.path, { rules: 'pypi', preflight: false });
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 1 } });
    const warnings = eventsOf(done, 'warning').map(({ message }) => message);
    expect(warnings.some((message) => message.startsWith(`${local.filename}: `))).toBe(true);
  });

  it('cannot be done without where a file is not readable at all', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([pure]);
    await writeFile(join(dist.path, linux.filename), 'no zip');
    const { error } = await publishTo(server, dist.path, { preflight: false });
    expect(error).toMatchObject({ code: 'INCOMPLETE', errors: [{ code: 'REJECTED' }] });
    expect(server.files.size).toBe(0);
  });
});

describe('a hundred wheels', () => {
  const wheels = Array.from({ length: 100 }, (_, n) =>
    makeWheel({ ...release, tag: `cp3${n}-cp3${n}-manylinux_2_17_x86_64` }),
  );

  it.each([
    [4, 4],
    [16, 16],
    [undefined, 24],
  ])(
    'with %s workers take one request each, %i at once, on as many connections',
    async (maxWorkers, atOnce) => {
      await using server = await startPypiServer({ latencyMs: 50 });
      await using dist = await makeFolder(wheels);
      const done = await publishTo(server, dist.path, maxWorkers === undefined ? {} : { maxWorkers });
      expect(done.summary).toMatchObject({ ok: true, counts: { published: 100 } });
      const count = (kind: string) => server.requests.filter((request) => request.kind === kind).length;
      expect(count('upload')).toBe(100);
      // Before: no such project, and is there an index at all? Afterwards: is everything there?
      expect(count('index')).toBe(3);
      expect(server.mostAtOnce()).toBe(atOnce);
      expect(server.connections()).toBeLessThanOrEqual(atOnce + 1);
    },
  );
});

import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseListing } from '../../src/listing/parse.ts';
import { makeSdist, makeWheel, sha256Of } from '../make-distribution.ts';
import type { MadeDistribution } from '../make-distribution.ts';
import { serveFolder } from '../servers/static-server.ts';
import { original, outcomesOf, peer, runBinForSummary, runSuccessfully } from './commands.ts';
import { readFolder } from './real-distributions.ts';

// Proof: the Python original (0.10.3, libcloud's LOCAL provider) and this tool work on one container in turn.

const project = 'proof';
const oldWheel = makeWheel({ project, version: '1.0', module: 'VALUE = "1.0"\n' });
const macWheel = makeWheel({ project, version: '1.1', tag: 'cp310-cp310-macosx_11_0_arm64' });
const newWheel = makeWheel({ project, version: '1.1', module: 'VALUE = "1.1"\n' });
const laterWheel = makeWheel({ project, version: '1.2', module: 'VALUE = "1.2"\n' });
const devWheel = makeWheel({ project, version: '2.0.dev0+g1234567' });
let oldSdist: MadeDistribution;

/** A folder for all containers of this file: libcloud's LOCAL driver takes it as the user name. */
let root: string;
let scratch: string;
let container: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-original-'));
  oldSdist = await makeSdist({ project, version: '1.0' });
});
afterAll(() => rm(root, { recursive: true, force: true }));

beforeEach(async () => {
  scratch = await mkdtemp(join(root, 'scratch-'));
  container = join(scratch, 'wheelhouse');
});

async function fill(name: string, distributions: readonly MadeDistribution[]): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  for (const { filename, bytes } of distributions) await writeFile(join(folder, filename), bytes);
  return folder;
}

async function originalUploads(distributions: readonly MadeDistribution[]): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'original-dist-'));
  for (const { filename, bytes } of distributions) await writeFile(join(folder, filename), bytes);
  const account = ['--provider-name', 'LOCAL', '--username', scratch, '--secret', 'unused'];
  const { stdout } = await runSuccessfully(original('python'), [
    ...['-m', 'wheelhouse_uploader', 'upload', 'wheelhouse', '--local-folder', folder],
    ...account,
  ]);
  return stdout;
}

/** The folder of the container and the `simple/` pages as they are: what a reader would see. */
async function flatLinks() {
  const body = await readFile(join(container, 'index.html'), 'utf8');
  return parseListing(body, { url: 'http://localhost/index.html', contentType: 'text/html' }).links;
}

async function flatDigests(): Promise<Record<string, string | undefined>> {
  return Object.fromEntries((await flatLinks()).map(({ filename, hashes }) => [filename, hashes['sha256']]));
}

async function metadataDigests(): Promise<Record<string, string>> {
  const text = await readFile(join(container, 'metadata.json'), 'utf8');
  const entries = Object.entries(JSON.parse(text) as Record<string, { sha256: string; size: number }>);
  return Object.fromEntries(entries.map(([filename, { sha256 }]) => [filename, sha256]));
}

const digestsOf = (distributions: readonly MadeDistribution[]) =>
  Object.fromEntries(distributions.map(({ filename, sha256 }) => [filename, sha256]));

describe('a container that the original filled', () => {
  it('is adopted and extended: every digest stays, pip installs both', async () => {
    await originalUploads([oldWheel, oldSdist]);
    expect(await metadataDigests()).toEqual(digestsOf([oldWheel, oldSdist]));

    const dist = await fill('dist', [newWheel, macWheel]);
    const { summary, stderr } = await runBinForSummary(['upload', container, '--local-folder', dist]);
    expect(summary, stderr).toMatchObject({ ok: true, counts: { uploaded: 2 } });

    const all = digestsOf([oldWheel, oldSdist, newWheel, macWheel]);
    expect(await metadataDigests()).toEqual(all);
    expect(await flatDigests()).toEqual(all);

    await using server = await serveFolder(container);
    for (const from of [
      ['--find-links', server.url, '--no-index'],
      ['-i', `${server.url}simple/`],
    ]) {
      for (const version of ['1.0', '1.1']) {
        const target = await mkdtemp(join(scratch, 'target-'));
        const install = ['-m', 'pip', 'install', '--no-deps', '--target', target, `${project}==${version}`];
        await runSuccessfully(peer('python'), [...install, ...from]);
        expect(await readFile(join(target, project, '__init__.py'), 'utf8')).toBe(`VALUE = "${version}"\n`);
      }
    }
  });

  it('sends nothing again that the original has already stored', async () => {
    await originalUploads([oldWheel, oldSdist]);
    const dist = await fill('dist', [oldWheel, oldSdist, newWheel]);
    const { summary } = await runBinForSummary(['upload', container, '--local-folder', dist]);
    expect(outcomesOf(summary)).toEqual({
      [oldWheel.filename]: 'unchanged',
      [oldSdist.filename]: 'unchanged',
      [newWheel.filename]: 'uploaded',
    });
  });

  it('refuses other bytes under a name that the original has stored', async () => {
    await originalUploads([oldWheel]);
    const changed = makeWheel({ project, version: '1.0', module: 'VALUE = "changed"\n' });
    const dist = await fill('dist', [changed]);
    const { summary, status } = await runBinForSummary(['upload', container, '--local-folder', dist]);
    expect(status).toBe(1);
    expect(outcomesOf(summary)).toEqual({ [oldWheel.filename]: 'failed' });
    expect(sha256Of(await readFile(join(container, oldWheel.filename)))).toBe(oldWheel.sha256);
  });

  it('keeps the dev wheels that the original renamed, and adds one that pip can install', async () => {
    const told = await originalUploads([devWheel]);
    const renamed = /upload timestamp: (\S+)/.exec(told)?.[1] ?? '';
    expect(renamed).toMatch(/^proof-2\.0\.dev0\+\d{14}_g1234567-py3-none-any\.whl$/);

    // A stamp has a resolution of a second, and ours must not be the same.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const dist = await fill('dist', [devWheel]);
    const { summary, stderr } = await runBinForSummary(['upload', container, '--local-folder', dist]);
    expect(summary, stderr).toMatchObject({ ok: true, counts: { uploaded: 1 } });
    const [ours = ''] = Object.keys(outcomesOf(summary));
    expect(Object.keys(await flatDigests()).sort()).toEqual([renamed, ours].sort());
    expect((await flatDigests())[renamed]).toBe(devWheel.sha256);

    await using server = await serveFolder(container);
    const folder = join(scratch, 'downloaded');
    const download = ['-m', 'pip', 'download', '--pre', '--no-deps', '--dest', folder, project];
    await runSuccessfully(peer('python'), [...download, '-i', `${server.url}simple/`]);
    expect(await readdir(folder)).toEqual([ours]);
  });
});

describe('a container that we filled', () => {
  it('takes uploads of the original, whose page our next upload repairs', async () => {
    const ours = await fill('dist', [oldWheel, macWheel]);
    await runBinForSummary(['upload', container, '--local-folder', ours]);
    await originalUploads([newWheel]);
    const three = digestsOf([oldWheel, macWheel, newWheel]);
    expect(await metadataDigests()).toEqual(three);
    // The original lists every object as a package; ours are still there with their digests.
    expect(await flatDigests()).toMatchObject(three);

    const more = await fill('more', [laterWheel]);
    const { summary, stderr } = await runBinForSummary(['upload', container, '--local-folder', more]);
    expect(summary, stderr).toMatchObject({ ok: true, counts: { uploaded: 1 } });
    const four = digestsOf([oldWheel, macWheel, newWheel, laterWheel]);
    expect(await metadataDigests()).toEqual(four);
    expect(await flatDigests()).toEqual(four);
  });

  it('is repaired, to the bytes that it had, by a run that has nothing to send', async () => {
    const ours = await fill('dist', [oldWheel, macWheel]);
    await runBinForSummary(['upload', container, '--local-folder', ours]);
    const before = await readFolder(container);
    await originalUploads([]);
    expect((await readFolder(container)).get('index.html')).not.toEqual(before.get('index.html'));
    const { summary, stderr } = await runBinForSummary(['upload', container, '--local-folder', ours]);
    expect(summary, stderr).toMatchObject({ ok: true, counts: { unchanged: 2 } });
    expect(await readFolder(container)).toEqual(before);
  });

  it.each(['', 'index.html'])('is fetched by the original over HTTP from …/%s', async (page) => {
    const dist = await fill('dist', [oldWheel, oldSdist, macWheel, newWheel, devWheel]);
    const { summary } = await runBinForSummary(['upload', container, '--local-folder', dist]);
    const devName = Object.keys(outcomesOf(summary)).find((name) => name.includes('dev')) ?? '';
    await using server = await serveFolder(container);

    const fetched = join(scratch, 'fetched');
    const fetchOriginally = ['-m', 'wheelhouse_uploader', 'fetch', project, `${server.url}${page}`];
    await runSuccessfully(original('python'), [
      ...fetchOriginally,
      '--version',
      '1.1',
      '--local-folder',
      fetched,
    ]);
    const release = [macWheel, newWheel];
    expect(await digestsIn(fetched)).toEqual(digestsOf(release));

    const everything = join(scratch, 'everything');
    await runSuccessfully(original('python'), [...fetchOriginally, '--local-folder', everything]);
    // The original does not decode %2B in the names that it saves; the bytes are what counts.
    const saved = await readFolder(everything);
    expect([...saved.keys()].map(decodeURIComponent).sort()).toEqual(
      [oldWheel, oldSdist, macWheel, newWheel]
        .map(({ filename }) => filename)
        .concat(devName)
        .sort(),
    );
  });
});

describe("the original's page", () => {
  it.each(['', 'index.html'])('is fetched by us over HTTP from …/%s', async (page) => {
    await originalUploads([oldWheel, oldSdist, macWheel, newWheel, devWheel]);
    await using server = await serveFolder(container);
    const fetched = join(scratch, 'fetched');
    const fetch = ['fetch', project, `${server.url}${page}`, '--local-folder', fetched];

    const one = await runBinForSummary([...fetch, '--version', '1.1', '--require-hashes']);
    expect(one.summary, one.stderr).toMatchObject({ ok: true, counts: { downloaded: 2 } });
    expect(await digestsIn(fetched)).toEqual(digestsOf([macWheel, newWheel]));

    const all = await runBinForSummary(fetch);
    expect(all.summary, all.stderr).toMatchObject({ ok: true, counts: { downloaded: 3, kept: 2 } });
    const names = (await readdir(container)).filter((name) => /\.(whl|gz)$/.test(name));
    expect((await readdir(fetched)).sort()).toEqual(names.sort());
  });
});

async function digestsIn(folder: string): Promise<Record<string, string>> {
  return Object.fromEntries([...(await readFolder(folder))].map(([name, bytes]) => [name, sha256Of(bytes)]));
}

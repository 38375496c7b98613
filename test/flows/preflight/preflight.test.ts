import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import { preflight } from '../../../src/flows/preflight/preflight.ts';
import { scanFolder } from '../../../src/io/scan-folder.ts';
import { makeFolder, makeSdist, makeWheel } from '../../make-distribution.ts';
import { distributionNames, distributionsFolder } from '../../io/distributions.ts';

const wheel = makeWheel({ project: 'foo', version: '1.0', headers: ['Summary: one'] });
const sdist = await makeSdist({ project: 'foo', version: '1.0', headers: ['Summary: one'] });

async function check(
  files: Parameters<typeof makeFolder>[0],
  options: Partial<Parameters<typeof preflight>[1]> = {},
) {
  await using folder = await makeFolder(files);
  const { artifacts } = await scanFolder(folder.path);
  return await preflight(artifacts, { rules: 'pypi', ...options });
}

describe('preflight', () => {
  it('has nothing against a good release, and hashes it for the registry', async () => {
    const { artifacts, problems } = await check([wheel, sdist]);
    expect(problems).toEqual([]);
    expect(artifacts.map(({ filename }) => filename)).toEqual([wheel.filename, sdist.filename]);
    expect(artifacts[0]).toMatchObject({
      sha256: wheel.sha256,
      md5: createHash('md5').update(wheel.bytes).digest('hex'),
      sizeBytes: wheel.bytes.length,
      metadata: { name: 'foo', version: '1.0', summary: 'one' },
      distribution: { kind: 'wheel' },
    });
    expect(artifacts[0]?.blake2b256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives the BLAKE2b digest of RFC 7693 with 32 bytes', async () => {
    // Not a distribution: what is hashed are bytes; the digest is from Python's hashlib.blake2b(b'MZ', digest_size=32).
    const { artifacts } = await check([{ filename: 'foo-1.0.win32.exe', bytes: 'MZ' }], { rules: 'any' });
    expect(artifacts[0]?.blake2b256).toBe('f1c8f20bf1106c34eeb48627bfd9ca014272e8025643049bbb3ac7830c5b7968');
  });

  it('tells all problems of all files together', async () => {
    const { artifacts, problems } = await check([
      makeWheel({ project: 'foo', version: '1.0+local', tag: 'cp312-cp312-linux_x86_64' }),
      { filename: 'foo-1.1-py3-none-any.whl', bytes: '<html>' },
      { filename: 'foo-1.2.tar.gz', bytes: wheel.bytes },
      { filename: 'bar-1.0-py3-none-any.whl', bytes: wheel.bytes },
      { filename: 'foo-1.0.tar.gz', bytes: sdist.bytes },
    ]);
    expect(problems.map(({ filename, rule }) => [filename, rule])).toEqual([
      ['bar-1.0-py3-none-any.whl', 'metadata'],
      ['foo-1.1-py3-none-any.whl', 'archive'],
      ['foo-1.2.tar.gz', 'archive'],
      ['foo-1.0+local-cp312-cp312-linux_x86_64.whl', 'local-version'],
      ['foo-1.0+local-cp312-cp312-linux_x86_64.whl', 'platform-tag'],
      ['foo-1.0.tar.gz', 'one-version'],
    ]);
    expect(problems[1]?.message).toBe('is an HTML page, not a wheel');
    expect(artifacts.map(({ filename }) => filename)).toEqual([
      'foo-1.0+local-cp312-cp312-linux_x86_64.whl',
      'foo-1.0.tar.gz',
    ]);
  });

  it.each([
    ['pypi', ['local-version']],
    ['gitlab', []],
    ['any', []],
  ] as const)('holds the rules of %s', async (rules, expected) => {
    const { problems } = await check([makeWheel({ project: 'foo', version: '1.0+local' })], { rules });
    expect(problems.map(({ rule }) => rule)).toEqual(expected);
  });

  it('takes several projects when they are meant', async () => {
    const other = makeWheel({ project: 'other', version: '2.0' });
    expect((await check([wheel, other])).problems.map(({ rule }) => rule)).toEqual(['one-project']);
    expect((await check([wheel, other], { allProjects: true })).problems).toEqual([]);
  });

  it('tells how far it is', async () => {
    const events: WheelhouseEvent[] = [];
    await check([wheel], { onEvent: (event) => events.push(event) });
    const size = wheel.bytes.length;
    expect(events.at(-1)).toEqual({
      event: 'progress',
      filename: wheel.filename,
      doneBytes: size,
      totalBytes: size,
    });
  });

  it('ends at once when it is interrupted', async () => {
    await expect(check([wheel, sdist], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('is content with one worker', async () => {
    expect((await check([wheel, sdist], { maxWorkers: 1 })).artifacts).toHaveLength(2);
  });

  it('reports a file that is gone since the folder was scanned', async () => {
    await using folder = await makeFolder([wheel]);
    const { artifacts } = await scanFolder(folder.path);
    const gone = artifacts.map((artifact) => ({ ...artifact, path: `${artifact.path}.gone` }));
    const { problems } = await preflight(gone, { rules: 'any' });
    expect(problems).toMatchObject([{ filename: wheel.filename, rule: 'readable', severity: 'error' }]);
  });
});

describe('preflight of what real back-ends build, for PyPI', () => {
  /** What PyPI would refuse of them; nothing of the rest. */
  const expected: Record<string, string[]> = {
    'Crumb_Old-0.9.tar.gz': ['sdist-name'],
    'Crumb_Old-0.9.zip': ['sdist-name'],
    'crumb-bdist-1.5.tar.gz': ['sdist-name'],
    'crumb_dev-0.3.dev0+g1234567-py3-none-any.whl': ['local-version'],
    'crumb_dev-0.3.dev0+g1234567.tar.gz': ['local-version'],
    'crumb_ext-1.2.3-cp311-cp311-linux_x86_64.whl': ['platform-tag'],
  };

  it.each(distributionNames)('%s', async (filename) => {
    const bytes = readFileSync(`${distributionsFolder}/${filename}`);
    const { problems } = await check([{ filename, bytes }]);
    expect(problems.map(({ rule }) => rule)).toEqual(expected[filename] ?? []);
  });
});

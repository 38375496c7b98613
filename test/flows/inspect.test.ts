import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { inspect } from '../../src/flows/inspect.ts';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { distributionNames, distributionsFolder } from '../io/distributions.ts';

const fixture = (name: string) => join(distributionsFolder, name);
const wheel = 'crumb_setuptools-1.0-py3-none-any.whl';

/** A web server for one test. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('inspect', () => {
  it('says everything about a wheel, as plain JSON', async () => {
    const { summary, details } = await inspect({
      files: [fixture(wheel)],
      indexUrl: 'https://example.org/simple/',
    });
    const bytes = readFileSync(fixture(wheel));
    const digest = (name: string) => createHash(name).update(bytes).digest('hex');
    expect(summary).toMatchObject({ command: 'inspect', ok: true, exitCode: 0, counts: { inspected: 1 } });
    expect(summary.artifacts).toEqual([
      { filename: wheel, outcome: 'inspected', sha256: digest('sha256'), size: bytes.length },
    ]);
    const [only] = details;
    expect(only).toMatchObject({
      source: fixture(wheel),
      filename: wheel,
      kind: 'wheel',
      name: 'Crumb.Setuptools',
      version: '1.0',
      tags: { python: ['py3'], abi: ['none'], platform: ['any'] },
      sizeBytes: bytes.length,
      hashes: {
        md5: digest('md5'),
        sha1: digest('sha1'),
        sha256: digest('sha256'),
        sha512: digest('sha512'),
        blake2b_256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
      metadata: { summary: 'A crumb built by setuptools', license_expression: 'BSD-3-Clause' },
      dependencies: ['requests>=2', 'tomli; python_version < "3.11"', 'numpy; extra == "extra"'],
      problems: [],
    });
    expect(only?.fileCount).toBeGreaterThan(4);
    expect(only).not.toHaveProperty('contents');
    expect(only?.install.pip.join(' ')).toContain('https://example.org/simple/');
    expect(JSON.parse(JSON.stringify(details))).toEqual(details);
  });

  it('lists the contents when they are asked for', async () => {
    const { details } = await inspect({ files: [fixture('crumb_flit-0.1.tar.gz')], contents: true });
    expect(details[0]?.contents).toContainEqual({
      name: 'crumb_flit-0.1/crumb_flit/__init__.py',
      sizeBytes: expect.any(Number) as number,
    });
    expect(details[0]?.contents).toHaveLength(details[0]?.fileCount ?? -1);
    expect(details[0]).not.toHaveProperty('tags');
  });

  it('tells every reason why a registry would refuse it', async () => {
    await using folder = await makeFolder([
      makeWheel({ project: 'Foo', version: '1.0+local', tag: 'cp312-cp312-linux_x86_64' }),
    ]);
    const { summary, details } = await inspect({
      files: [join(folder.path, 'Foo-1.0+local-cp312-cp312-linux_x86_64.whl')],
    });
    expect(summary.ok).toBe(true);
    expect(details[0]?.problems.map(({ rule, registry }) => [rule, registry])).toEqual([
      ['local-version', 'pypi'],
      ['wheel-name', 'pypi'],
      ['platform-tag', 'pypi'],
    ]);
  });

  it('gives build tags and installers their tags', async () => {
    await using folder = await makeFolder([{ filename: 'foo-1.0.win32-py2.7.exe', bytes: 'MZ' }]);
    const { details } = await inspect({
      files: [
        fixture('crumb_bdist-1.5-1-py2.py3-none-any.whl'),
        join(folder.path, 'foo-1.0.win32-py2.7.exe'),
      ],
    });
    expect(details.map(({ tags }) => tags)).toEqual([
      { build: '1', python: ['py2', 'py3'], abi: ['none'], platform: ['any'] },
      { python: ['py27'], abi: [], platform: ['win32'] },
    ]);
    expect(details[1]).toMatchObject({ kind: 'wininst', name: 'foo', fileCount: 0 });
  });

  it('reads everything that real back-ends build', async () => {
    const { summary, details } = await inspect({ files: distributionNames.map(fixture) });
    expect(summary.counts).toEqual({ inspected: distributionNames.length });
    expect(details.map(({ filename }) => filename)).toEqual(distributionNames);
  });

  it('takes file: URLs', async () => {
    const { details } = await inspect({ files: [pathToFileURL(fixture(wheel)).href] });
    expect(details[0]?.filename).toBe(wheel);
  });

  it('fails bad files with their reasons, and goes on', async () => {
    await using folder = await makeFolder([
      { filename: 'foo-1.0-py3-none-any.whl', bytes: '<html>' },
      { filename: 'README.md', bytes: 'x' },
    ]);
    const events: WheelhouseEvent[] = [];
    const { summary, details } = await inspect({
      files: [
        join(folder.path, 'foo-1.0-py3-none-any.whl'),
        join(folder.path, 'README.md'),
        join(folder.path, 'gone-1.0.tar.gz'),
        folder.path,
        fixture(wheel),
      ],
      onEvent: (event) => events.push(event),
    });
    expect(details.map(({ filename }) => filename)).toEqual([wheel]);
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { inspected: 1, failed: 4 } });
    const reasons = Object.fromEntries(summary.artifacts.map(({ filename, reason }) => [filename, reason]));
    expect(reasons['foo-1.0-py3-none-any.whl']).toMatch(/is an HTML page, not a wheel \(a server answered/);
    expect(reasons['README.md']).toMatch(/README\.md is no distribution: /);
    expect(reasons['gone-1.0.tar.gz']).toMatch(/there is no file /);
    expect(reasons[folder.path.split(/[/\\]/).pop() ?? '']).toMatch(
      /is not a file \(name the files in it\)$/,
    );
    expect(events.filter(({ event }) => event === 'artifact')).toHaveLength(5);
    expect(events.some(({ event }) => event === 'summary')).toBe(false);
  });

  it('throws when it is interrupted', async () => {
    await expect(inspect({ files: [fixture(wheel)], signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('inspect of a URL', () => {
  const bytes = readFileSync(fixture(wheel));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // A temporary folder of its own, in which nobody else leaves anything.
  const temporary = mkdtempSync(join(tmpdir(), 'wheelhouse-test-'));
  const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
  const before = process.env[variable];
  const downloads = () => readdirSync(temporary);

  beforeAll(() => {
    process.env[variable] = temporary;
  });

  afterAll(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, variable);
    else process.env[variable] = before;
    rmSync(temporary, { recursive: true });
  });

  it('downloads it, reads it, and leaves nothing behind', async () => {
    await using server = await serve((_request, response) => response.end(bytes));
    const url = `${server.url}/files/${wheel}?token=secret`;
    const { summary, details } = await inspect({ files: [`${url}#sha256=${sha256}`] });
    expect(summary.artifacts).toMatchObject([{ filename: wheel, outcome: 'inspected', sha256 }]);
    expect(details[0]?.source).toBe(`${server.url}/files/${wheel}?token=***`);
    expect(downloads()).toEqual([]);
  });

  it('takes the name from the decoded path', async () => {
    const made = makeWheel({ project: 'foo', version: '1.0+local' });
    await using server = await serve((_request, response) => response.end(made.bytes));
    const { details } = await inspect({ files: [`${server.url}/foo-1.0%2Blocal-py3-none-any.whl`] });
    expect(details[0]?.filename).toBe('foo-1.0+local-py3-none-any.whl');
  });

  it('sends the user info as credentials, and never shows it', async () => {
    let seen: string | undefined;
    await using server = await serve((request, response) => {
      seen = request.headers.authorization;
      response.end(bytes);
    });
    const url = `${server.url.replace('//', '//ann:s3cret@')}/${wheel}`;
    const report = await inspect({ files: [url] });
    expect(seen).toBe(`Basic ${Buffer.from('ann:s3cret').toString('base64')}`);
    expect(JSON.stringify(report)).not.toContain('s3cret');
  });

  it.each([
    ['a wrong hash', `/${wheel}#sha256=${'0'.repeat(64)}`, /sha256/],
    ['what is not there', '/missing-1.0.tar.gz', /404/],
    ['a page', '/page-1.0-py3-none-any.whl', /is an HTML page, not a wheel/],
    ['a URL without a file name', '/simple/', /does not end in the name of a file/],
    ['what is no URL', '', /Invalid URL/],
    ['a broken escape', '/%zz', /does not end in the name of a file/],
  ])('fails %s, and leaves nothing behind', async (_what, path, reason) => {
    await using server = await serve((request, response) => {
      if (request.url?.startsWith('/missing') === true) response.writeHead(404).end();
      else response.end(request.url?.startsWith('/page') === true ? '<html>' : bytes);
    });
    const { summary, details } = await inspect({
      files: [path === '' ? 'http://ann:s3cret@[' : `${server.url}${path}`],
    });
    expect(JSON.stringify(summary)).not.toContain('s3cret');
    expect(details).toEqual([]);
    expect(summary).toMatchObject({ exitCode: 1, counts: { failed: 1 } });
    expect(summary.artifacts[0]?.reason).toMatch(reason);
    expect(downloads()).toEqual([]);
  });
});

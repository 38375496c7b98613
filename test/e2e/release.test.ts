import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { locked, page, startIndexServer } from '../servers/index-server.ts';
import { startPypiServer } from '../servers/pypi-server.ts';
import { runBin } from './run-bin.ts';

const wheel = makeWheel({ project: 'tinyproject', version: '1.0' });
const sdist = await makeSdist({ project: 'tinyproject', version: '1.0' });
const user = ['anna', 'pypi-hunter22-hunter22'] as const;

const startIndex = () =>
  startIndexServer({
    '/': page([wheel, sdist].map(({ filename, sha256 }) => ({ url: filename, sha256 }))),
    [`/${wheel.filename}`]: wheel.bytes,
    [`/${sdist.filename}`]: sdist.bytes,
  });

describe('release', () => {
  it('is all that a checkout needs, as setup.py fetch_artifacts upload_all was', async () => {
    await using index = await startIndex();
    await using server = await startPypiServer({ mode: 'pypiserver', user });
    await using folder = await makeFolder();
    const setup = `[metadata]\nname = tinyproject\nversion = 1.0\n\n[wheelhouse_uploader]\nartifact_indexes =\n    ${index.origin}/\n`;
    await writeFile(join(folder.path, 'setup.cfg'), setup);
    const args = ['release', '--repository-url', server.uploadUrl];
    const options = { cwd: folder.path, env: { TWINE_USERNAME: user[0], TWINE_PASSWORD: user[1] } };
    const dry = await runBin([...args, '--dry-run'], options);
    expect(dry.stdout).toMatch(/Plan for dist: 2 to download \(dry run/);
    expect(dry.stdout).toMatch(/Plan for http.*: 2 to send \(dry run/);
    expect(dry.code).toBe(0);
    expect(server.files.size).toBe(0);
    const run = await runBin([...args, '--json'], options);
    expect(run.code).toBe(0);
    expect(run.summary()).toMatchObject({ command: 'release', ok: true, counts: { published: 2 } });
    expect(server.files.get(wheel.filename)?.sha256).toBe(wheel.sha256);
  });

  it('takes a login for its indexes that is empty for none: netrc has one', async () => {
    const links = page([{ url: wheel.filename, sha256: wheel.sha256 }]);
    await using index = await startIndexServer({
      '/': locked('anna:hunter22', (_, response) => void response.end(links)),
    });
    await using folder = await makeFolder();
    const netrc = join(folder.path, 'netrc');
    await writeFile(netrc, 'machine 127.0.0.1 login anna password hunter22\n');
    const to = ['--repository-url', 'http://127.0.0.1:9/', '--dry-run', '--no-preflight'];
    const empty = ['--index-username', '', '--secret', ''];
    const run = await runBin(['release', 'tinyproject', `${index.origin}/`, ...empty, ...to], {
      cwd: folder.path,
      env: { NETRC: netrc },
    });
    expect(run.stdout).toMatch(/Plan for dist: 1 to download \(dry run/);
  });

  it('wants to know which project, which index, and whose secret', async () => {
    await using folder = await makeFolder();
    const url = ['--repository-url', 'http://127.0.0.1:9/'];
    for (const [args, said] of [
      [['release', ...url], /no index given/],
      [['release', 'tinyproject', './nowhere', ...url, '--secret', 'hunter22-index'], /--index-username/],
    ] as const) {
      const run = await runBin([...args], { cwd: folder.path });
      expect(run.code).toBe(2);
      expect(run.stderr).toMatch(said);
      expect(run.stderr).toMatch(/hint:/);
      expect(run.stderr).not.toContain('hunter22');
    }
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { gitlabLines } from '../servers/gitlab-lines.ts';
import { startPypiServer } from '../servers/pypi-server.ts';
import { peer, runSuccessfully } from './commands.ts';

// Proof: our GitLab takes the lines of GitLab's documentation as they stand, from twine and pip themselves.

let root: string;
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), 'wheelhouse-gitlab-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

const release = [
  makeWheel({ project: 'mypypipackage', version: '0.0.1', requiresPython: '>=3.6' }),
  await makeSdist({ project: 'mypypipackage', version: '0.0.1', requiresPython: '>=3.6' }),
];
const forTwine = gitlabLines('').filter(({ expandsVariables }) => expandsVariables !== true);

describe("GitLab's documentation, with real twine and pip", () => {
  it.each(forTwine.map(({ name }) => name))('works with %s', async (name) => {
    await using home = await makeFolder();
    await mkdir(join(home.path, 'dist'));
    for (const { filename, bytes } of release) await writeFile(join(home.path, 'dist', filename), bytes);
    const { user } = forTwine.find((one) => one.name === name)!;
    await using gitlab = await startPypiServer({ mode: 'gitlab', user });
    const { line, pypirc, environment } = gitlabLines(gitlab.origin).find((one) => one.name === name)!;
    if (pypirc !== undefined) await writeFile(join(home.path, '.pypirc'), pypirc);
    const PATH = `${dirname(peer('python'))}:/usr/local/bin:/usr/bin:/bin`;
    const env = { PATH, HOME: home.path, ...environment };
    await runSuccessfully('sh', ['-ec', line], { cwd: home.path, env });
    expect([...gitlab.files.keys()].sort()).toEqual(release.map(({ filename }) => filename).sort());

    const login = user.map(encodeURIComponent).join(':');
    const index = gitlab.indexUrl.replace('://', `://${login}@`).replace(/\/$/, '');
    const target = await mkdtemp(join(root, 'target-'));
    const install = `pip install mypypipackage --no-deps --extra-index-url ${index} --target ${target}`;
    // Without this pip would ask PyPI as well.
    await runSuccessfully('sh', ['-ec', install], { env: { ...env, PIP_INDEX_URL: index } });
  });
});

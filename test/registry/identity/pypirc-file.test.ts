import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../../src/model/errors.ts';
import {
  expandEnvironment,
  expandHome,
  readPypircFile,
  selectRepository,
} from '../../../src/registry/identity/pypirc-file.ts';
import { makeFolder } from '../../make-distribution.ts';

const text = `[distutils]
index-servers =
    pypi
    gitlab
    bare

[pypi]
password = pypi-abc

[gitlab]
repository = https://gitlab.example.com/api/v4/projects/\${env.CI_PROJECT_ID}/packages/pypi
username = gitlab-ci-token
password = \${env.CI_JOB_TOKEN}
ca_cert = ~/ca.pem
client_cert = \${env.CERTS}/me.pem

[bare]
username = u

[forgotten]
repository = https://forgotten.example/
`;
const env = { CI_PROJECT_ID: '7', CI_JOB_TOKEN: 'job-token', CERTS: '/certs' };
const home = join('/', 'home', 'me');

async function readText(bytes: string) {
  await using folder = await makeFolder([{ filename: '.pypirc', bytes }]);
  return await readPypircFile(folder.path);
}

describe('readPypircFile', () => {
  it('reads ~/.pypirc', async () => {
    const file = await readText(text);
    expect([...file.repositories.keys()]).toEqual(['pypi', 'gitlab', 'bare']);
    expect(file).toMatchObject({ name: '~/.pypirc', exists: true, unlisted: ['forgotten'] });
  });

  it('needs no file', async () => {
    await using folder = await makeFolder();
    const file = await readPypircFile(folder.path);
    expect([...file.repositories.keys()]).toEqual(['pypi', 'testpypi']);
    expect(file.exists).toBe(false);
  });

  it('reads the file that is named, also below the home folder', async () => {
    await using folder = await makeFolder([{ filename: 'mine', bytes: text }]);
    for (const name of [join(folder.path, 'mine'), '~/mine']) {
      const file = await readPypircFile(folder.path, name);
      expect(file.name).toBe(name);
      expect(file.repositories.has('gitlab')).toBe(true);
    }
  });

  it('refuses a named file that is not there', async () => {
    await using folder = await makeFolder();
    await expect(readPypircFile(folder.path, '~/mine')).rejects.toMatchObject({
      code: 'CONFIG',
      message: '~/mine is not there',
    });
  });

  it('refuses a file that is a folder', async () => {
    await using folder = await makeFolder();
    await expect(readPypircFile(folder.path, folder.path)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('cannot be read') as string,
    });
  });

  it.each([
    ['UTF-16, as PowerShell writes it', Buffer.from('\uFEFF[pypi]\n', 'utf16le')],
    ['Latin-1', Buffer.from('[pypi]\npassword = hunter2-ä\n', 'latin1')],
  ])('refuses a file in %s', async (_, bytes) => {
    await using folder = await makeFolder([{ filename: '.pypirc', bytes }]);
    await expect(readPypircFile(folder.path)).rejects.toMatchObject({
      code: 'CONFIG',
      message: '~/.pypirc is not UTF-8 text',
    });
  });

  it('says in which line a fault is, and nothing of what is there', async () => {
    const refused = await readText('[pypi]\nusername = u\npypi-hunter2\n').catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(WheelhouseError);
    const { code, message, hint, cause } = refused as WheelhouseError;
    expect(code).toBe('CONFIG');
    expect(message).toMatch(/^~\/\.pypirc: line 3: /);
    expect(`${message}${hint ?? ''}${String(cause)}`).not.toContain('hunter2');
  });
});

describe('selectRepository', () => {
  it('makes the values ready to be used', async () => {
    const chosen = selectRepository(await readText(text), 'gitlab', { env, home });
    expect(chosen).toMatchObject({
      url: 'https://gitlab.example.com/api/v4/projects/7/packages/pypi',
      stated: true,
      caCert: join(home, 'ca.pem'),
      clientCert: '/certs/me.pem',
    });
    expect(chosen.username()).toBe('gitlab-ci-token');
    expect(chosen.password()?.reveal()).toBe('job-token');
  });

  it('asks for a variable only where its value is asked for', async () => {
    const file = await readText(text);
    const chosen = selectRepository(file, 'gitlab', { env: { ...env, CI_JOB_TOKEN: '' }, home });
    expect(chosen.username()).toBe('gitlab-ci-token');
    expect(() => chosen.password()).toThrow(
      '~/.pypirc needs the environment variable CI_JOB_TOKEN, which is not set',
    );
    expect(() => selectRepository(file, 'gitlab', { env: {}, home })).toThrow('CI_PROJECT_ID');
  });

  it("knows PyPI's URL", async () => {
    const chosen = selectRepository(await readText(text), 'pypi', { env, home });
    expect(chosen).toMatchObject({ url: 'https://upload.pypi.org/legacy/', stated: false });
    expect(chosen.username()).toBeUndefined();
  });

  it.each([
    ['bare', '[bare] of ~/.pypirc has no repository', 'repository = https://'],
    ['forgotten', '[forgotten] of ~/.pypirc is not listed', 'add forgotten to index-servers'],
    ['testpypi', 'there is no registry "testpypi" in ~/.pypirc', 'it has pypi, gitlab, bare'],
    ['__proto__', 'there is no registry "__proto__" in ~/.pypirc', 'it has pypi, gitlab, bare'],
    ['https://a.example/', 'a registry is named by its section of .pypirc, not by URL', '--repository-url'],
  ])('says what stands in the way of %s', async (name, message, hint) => {
    const file = await readText(text);
    expect(() => selectRepository(file, name, { env, home })).toThrow(
      expect.objectContaining({
        code: 'CONFIG',
        message,
        hint: expect.stringContaining(hint) as string,
      }) as Error,
    );
  });

  it('says that there is no file', async () => {
    await using folder = await makeFolder();
    const file = await readPypircFile(folder.path);
    expect(() => selectRepository(file, 'gitlab', { env, home })).toThrow(
      'there is no ~/.pypirc that says what "gitlab" is',
    );
  });
});

describe('expandEnvironment', () => {
  it.each([
    ['plain', 'plain'],
    ['${env.A}', '1'],
    ['x${env.A}y${env.B_2}z', 'x1y2z'],
    ['${env.NESTED}', '${env.A}'], // what comes out is not looked through again
    ['${env.DOLLARS}', '$& $1 $$'],
    ['${A} $A %A% ${env.} ${env.a-b} ${env.A', '${A} $A %A% ${env.} ${env.a-b} ${env.A'],
  ])('%s', (written, expanded) => {
    const variables = { A: '1', B_2: '2', NESTED: '${env.A}', DOLLARS: '$& $1 $$' };
    expect(expandEnvironment(written, variables, '.pypirc')).toBe(expanded);
  });

  it.each([[{}], [{ TOKEN: '' }], [{ token: 'x' }]])(
    'refuses a variable that is not set: %j',
    (variables) => {
      expect(() => expandEnvironment('${env.TOKEN}', variables, '.pypirc')).toThrow(
        expect.objectContaining({ code: 'CONFIG' }) as Error,
      );
    },
  );
});

describe('expandHome', () => {
  it.each([
    ['~', home],
    ['~/a', join(home, 'a')],
    ['~\\a', join(home, '\\a')],
    ['/a/~', '/a/~'],
    ['~other/a', '~other/a'],
    ['a', 'a'],
  ])('%s', (path, expanded) => {
    expect(join(expandHome(path, home))).toBe(join(expanded));
  });
});

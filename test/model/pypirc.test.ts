import { describe, expect, it } from 'vitest';
import { listRepositories, parsePypirc, type Repository } from '../../src/model/pypirc.ts';

const pypi = 'https://upload.pypi.org/legacy/';
const testpypi = 'https://test.pypi.org/legacy/';

describe('parsePypirc', () => {
  it('gives every section as it is written', () => {
    const text = [
      '[distutils]',
      'index-servers =',
      '    pypi',
      '    gitlab',
      '',
      '[gitlab]',
      'Repository: https://gitlab.example.com/api/v4/projects/7/packages/pypi',
      'username = gitlab-ci-token',
      'password = ${env.CI_JOB_TOKEN}',
      '[unlisted]',
      'username = x',
    ].join('\n');
    expect(parsePypirc(text)).toEqual({
      distutils: { 'index-servers': '\npypi\ngitlab' },
      gitlab: {
        repository: 'https://gitlab.example.com/api/v4/projects/7/packages/pypi',
        username: 'gitlab-ci-token',
        password: '${env.CI_JOB_TOKEN}',
      },
      unlisted: { username: 'x' },
    });
  });

  it('throws with the number of the line and without its content', () => {
    expect(() => parsePypirc('[pypi]\nusername = u\nhunter2\n')).toThrow(/^line 3: [^\n]*$/);
    expect(() => parsePypirc('[pypi]\nusername = u\nhunter2\n')).not.toThrow(/hunter2/);
  });
});

describe('listRepositories', () => {
  /** With passwords revealed, so that a table can hold them. */
  type Shown = Omit<Repository, 'password'> & { password?: string };
  const list = (text: string): Record<string, Shown> =>
    Object.fromEntries(
      [...listRepositories(parsePypirc(text))].map(([name, { password, ...rest }]) => [
        name,
        { ...rest, ...(password === undefined ? {} : { password: password.reveal() }) },
      ]),
    );

  /** The expectations are what twine 7's get_config makes of the same file, without its null values. */
  it.each<[string, string, Record<string, Shown>]>([
    ['nothing', '', { pypi: { url: pypi }, testpypi: { url: testpypi } }],
    [
      'a section without [distutils]',
      '[pypi]\nusername = testuser\npassword = testpassword\n',
      { pypi: { url: pypi, username: 'testuser', password: 'testpassword' }, testpypi: { url: testpypi } },
    ],
    [
      'listed sections',
      '[distutils]\nindex-servers = pypi foo\n[pypi]\nusername = u\n[foo]\nrepository = https://foo.example/up/\nusername = v\npassword = w\n',
      {
        pypi: { url: pypi, username: 'u' },
        foo: { url: 'https://foo.example/up/', username: 'v', password: 'w' },
      },
    ],
    [
      'a list over several lines',
      '[distutils]\nindex-servers =\n    pypi\n\ttestpypi\n[testpypi]\nusername = u\n',
      { pypi: { url: pypi }, testpypi: { url: testpypi, username: 'u' } },
    ],
    [
      'pypi where it is not listed',
      '[distutils]\nindex-servers = foo\n[pypi]\nusername = u\n',
      { pypi: { url: pypi } },
    ],
    [
      'pypi where nothing is listed',
      '[distutils]\nindex-servers =\n[pypi]\nusername = u\n',
      { pypi: { url: pypi } },
    ],
    [
      'the default list where [distutils] has none',
      '[distutils]\nx = 1\n[testpypi]\nusername = u\n[foo]\nusername = v\n',
      { pypi: { url: pypi }, testpypi: { url: testpypi, username: 'u' } },
    ],
    [
      'an address of its own for pypi',
      '[pypi]\nrepository = https://pypi.example/legacy/\n',
      { pypi: { url: 'https://pypi.example/legacy/' }, testpypi: { url: testpypi } },
    ],
    [
      '[server-login] for all',
      '[distutils]\nindex-servers = pypi foo\n[server-login]\nusername = u\npassword = p\n[foo]\nrepository = https://foo.example/\nusername = own\n',
      {
        pypi: { url: pypi, username: 'u', password: 'p' },
        foo: { url: 'https://foo.example/', username: 'own', password: 'p' },
      },
    ],
    [
      '[DEFAULT] for all',
      '[DEFAULT]\nusername = d\n[distutils]\nindex-servers = foo\n[foo]\nrepository = https://foo.example/\n',
      { pypi: { url: pypi }, foo: { url: 'https://foo.example/', username: 'd' } },
    ],
    [
      'certificates',
      '[pypi]\nca_cert = /etc/ca.pem\nclient_cert = ~/me.pem\n',
      { pypi: { url: pypi, caCert: '/etc/ca.pem', clientCert: '~/me.pem' }, testpypi: { url: testpypi } },
    ],
    [
      'empty values as missing',
      '[pypi]\nrepository =\nusername =\npassword =\n',
      { pypi: { url: pypi }, testpypi: { url: testpypi } },
    ],
    [
      'a listed section without an address',
      '[distutils]\nindex-servers = foo\n[foo]\nusername = u\n',
      { pypi: { url: pypi }, foo: { username: 'u' } },
    ],
    [
      'no listed name without a section',
      '[distutils]\nindex-servers = foo __proto__\n',
      { pypi: { url: pypi } },
    ],
  ])('gives %s', (_, text, repositories) => {
    expect(list(text)).toEqual(repositories);
  });

  it('keeps passwords from being printed', () => {
    const repositories = listRepositories(parsePypirc('[pypi]\npassword = hunter2\n'));
    expect(JSON.stringify([...repositories])).not.toContain('hunter2');
  });
});

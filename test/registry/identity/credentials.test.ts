import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../../src/model/errors.ts';
import { Secret } from '../../../src/model/secret.ts';
import {
  resolvePublishIdentity,
  type IdentityOrigin,
  type PublishIdentity,
} from '../../../src/registry/identity/credentials.ts';
import { makeFolder } from '../../make-distribution.ts';
import { installKeyring } from './fake-keyring.ts';

const pypi = 'https://upload.pypi.org/legacy/';
const testpypi = 'https://test.pypi.org/legacy/';
const own = 'https://own.example/up/';

const pypirc = `[distutils]
index-servers = pypi testpypi own token half
[pypi]
username = old-name
password = pypi-from-file
[own]
repository = ${own}
username = file-user
password = file-password
[token]
repository = https://gitlab.example/api/v4/projects/\${env.PROJECT}/packages/pypi
username = gitlab-ci-token
password = \${env.CI_JOB_TOKEN}
[half]
repository = ${own}
username =
`;

const project = 'https://gitlab.example/api/v4/projects/7/packages/pypi';
const job = { CI_JOB_TOKEN: 'job', CI_API_V4_URL: 'https://gitlab.example/api/v4' };

/** Says who asks for what, so that a test sees what the keyring was asked. */
const keyring = 'console.log(`ring:${username}@${url}`)';

interface Scene {
  pypirc?: string;
  netrc?: string;
  /** JavaScript of the keyring program; without it there is none. */
  keyring?: string;
  flags?: { username?: string; password?: string; token?: string; configFile?: string };
  env?: Record<string, string>;
  name?: string;
  url?: string;
  project?: string;
}

async function resolve(scene: Scene, onWarning?: (message: string) => void): Promise<PublishIdentity> {
  await using home = await makeFolder([
    ...(scene.pypirc === undefined ? [] : [{ filename: '.pypirc', bytes: scene.pypirc }]),
    ...(scene.netrc === undefined ? [] : [{ filename: '.netrc', bytes: scene.netrc }]),
  ]);
  const path =
    scene.keyring === undefined ? { PATH: home.path } : await installKeyring(home.path, scene.keyring);
  const { username, password, token, configFile } = scene.flags ?? {};
  return await resolvePublishIdentity({
    flags: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: new Secret(password) }),
      ...(token === undefined ? {} : { token: new Secret(token) }),
      ...(configFile === undefined ? {} : { configFile }),
    },
    env: { ...path, ...scene.env },
    home: home.path,
    ...(scene.name === undefined ? {} : { repositoryName: scene.name }),
    ...(scene.url === undefined ? {} : { repositoryUrl: scene.url }),
    ...(scene.project === undefined ? {} : { projectRepository: scene.project }),
    ...(onWarning === undefined ? {} : { onWarning }),
  });
}

type Origins = [url: IdentityOrigin, username?: IdentityOrigin | undefined, password?: IdentityOrigin];
type Row = [
  what: string,
  scene: Scene,
  who: [url: string, username?: string | undefined, password?: string],
  origins: Origins,
];

async function check(scene: Scene, who: Row[2], origins: Origins): Promise<void> {
  const identity = await resolve(scene);
  const { url, username, password } = identity;
  expect([url, username, password?.reveal()]).toEqual([who[0], who[1], who[2]]);
  expect(identity.origins).toEqual({
    url: origins[0],
    ...(origins[1] === undefined ? {} : { username: origins[1] }),
    ...(origins[2] === undefined ? {} : { password: origins[2] }),
  });
}

describe('resolvePublishIdentity: where', () => {
  it.each<Row>([
    ['PyPI where nothing is said', {}, [pypi, '__token__'], ['default', 'default']],
    ['TestPyPI by its name', { name: 'testpypi' }, [testpypi, '__token__'], ['default', 'default']],
    [
      'a section',
      { pypirc, name: 'own' },
      [own, 'file-user', 'file-password'],
      ['.pypirc', '.pypirc', '.pypirc'],
    ],
    ['a URL', { url: own }, [own], ['flag']],
    [
      'a URL before a name',
      { pypirc, name: 'own', url: 'https://b.example/' },
      ['https://b.example/'],
      ['flag'],
    ],
    [
      'TWINE_REPOSITORY',
      { pypirc, env: { TWINE_REPOSITORY: 'own' } },
      [own, 'file-user', 'file-password'],
      ['.pypirc', '.pypirc', '.pypirc'],
    ],
    ['TWINE_REPOSITORY_URL', { pypirc, env: { TWINE_REPOSITORY_URL: own } }, [own], ['environment']],
    [
      'a typed name before TWINE_REPOSITORY_URL',
      { name: 'testpypi', env: { TWINE_REPOSITORY_URL: own } },
      [testpypi, '__token__'],
      ['default', 'default'],
    ],
    [
      'a typed name before TWINE_REPOSITORY',
      { pypirc, name: 'testpypi', env: { TWINE_REPOSITORY: 'own' } },
      [testpypi, '__token__'],
      ['default', 'default'],
    ],
    [
      "the project's own section",
      { pypirc, project: 'own' },
      [own, 'file-user', 'file-password'],
      ['.pypirc', '.pypirc', '.pypirc'],
    ],
    ["the project's own URL", { pypirc, project: own }, [own], ['pyproject.toml']],
    [
      "TWINE_REPOSITORY before the project's own",
      { pypirc, project: own, env: { TWINE_REPOSITORY: 'testpypi' } },
      [testpypi, '__token__'],
      ['default', 'default'],
    ],
    [
      "a typed name before the project's own",
      { pypirc, name: 'testpypi', project: 'own' },
      [testpypi, '__token__'],
      ['default', 'default'],
    ],
    [
      'empty values as missing',
      { name: '', url: '', env: { TWINE_REPOSITORY: '', TWINE_REPOSITORY_URL: '' } },
      [pypi, '__token__'],
      ['default', 'default'],
    ],
    [
      'a section with variables',
      { pypirc, name: 'token', env: { PROJECT: '7', CI_JOB_TOKEN: 'job' } },
      ['https://gitlab.example/api/v4/projects/7/packages/pypi', 'gitlab-ci-token', 'job'],
      ['.pypirc', '.pypirc', '.pypirc'],
    ],
    [
      "PyPI's address of former days, made safe",
      { url: 'http://upload.pypi.org/legacy/' },
      [pypi, '__token__'],
      ['flag', 'default'],
    ],
    ["others' addresses as they are", { url: 'http://localhost:8080' }, ['http://localhost:8080'], ['flag']],
    [
      'PyPI without a list of servers',
      { pypirc: '[pypi]\nusername = testuser\npassword = pypi-t\n' },
      [pypi, '__token__', 'pypi-t'],
      ['default', 'default', '.pypirc'],
    ],
    [
      'PyPI under a URL of its own',
      { pypirc: '[pypi]\nrepository = http://pypiproxy/\nusername = u\npassword = p\n' },
      ['http://pypiproxy/', 'u', 'p'],
      ['.pypirc', '.pypirc', '.pypirc'],
    ],
    [
      'the login for all of former days',
      { pypirc: '[server-login]\nusername = u\npassword = pypi-t\n', name: 'testpypi' },
      [testpypi, '__token__', 'pypi-t'],
      ['default', 'default', '.pypirc'],
    ],
    ['blanks around it', { url: ` ${own} ` }, [own], ['flag']],
  ])('%s', async (_, scene, who, origins) => check(scene, who, origins));

  it('reads the .pypirc that is named', async () => {
    await using folder = await makeFolder([{ filename: 'mine', bytes: pypirc }]);
    await check(
      { name: 'own', flags: { configFile: `${folder.path}/mine` } },
      [own, 'file-user', 'file-password'],
      ['.pypirc', '.pypirc', '.pypirc'],
    );
  });

  it("gives the section's certificates", async () => {
    const text = `[distutils]\nindex-servers = own\n[own]\nrepository = ${own}\nca_cert = /ca.pem\nclient_cert = /me.pem\n`;
    expect(await resolve({ pypirc: text, name: 'own' })).toMatchObject({
      caCert: '/ca.pem',
      clientCert: '/me.pem',
    });
  });

  it("takes twine's variable for the authorities to trust before the section's", async () => {
    const text = `[distutils]\nindex-servers = own\n[own]\nrepository = ${own}\nca_cert = /ca.pem\n`;
    const env = { TWINE_CERT: '/twine.pem' };
    expect(await resolve({ pypirc: text, name: 'own', env })).toMatchObject({ caCert: '/twine.pem' });
    expect(await resolve({ url: own, env })).toMatchObject({ caCert: '/twine.pem' });
    expect((await resolve({ url: own, env: { TWINE_CERT: '' } })).caCert).toBeUndefined();
  });

  it.each<[string, Scene, string, string]>([
    [
      'a name that nothing describes',
      { name: 'nowhere' },
      'CONFIG',
      'there is no ~/.pypirc that says what "nowhere" is',
    ],
    [
      'a section without a URL',
      { pypirc: '[distutils]\nindex-servers = a\n[a]\nusername = u\n', name: 'a' },
      'CONFIG',
      '[a] of ~/.pypirc has no repository',
    ],
    [
      'what is no URL',
      { url: 'own.example/up' },
      'CONFIG',
      'the URL of the registry is no http or https URL',
    ],
    ['a URL without a host', { url: 'https:/' }, 'CONFIG', 'no http or https URL'],
    ['a URL without a scheme', { url: '//test.pypi.org' }, 'CONFIG', 'no http or https URL'],
    [
      'a listed section that is not there',
      { pypirc: '[distutils]\nindex-servers = pypi foo\n', name: 'foo' },
      'CONFIG',
      'there is no registry "foo" in ~/.pypirc',
    ],
    [
      'a URL of another kind',
      { url: 'ftp://u:hunter2@own.example/' },
      'CONFIG',
      'the URL of the registry is no http or https URL',
    ],
    [
      'a URL that cannot be read',
      { url: 'https://u:hunter2@[/' },
      'CONFIG',
      'the URL of the registry is no http or https URL',
    ],
    [
      'a URL whose variable is not set',
      { pypirc, name: 'token' },
      'CONFIG',
      '~/.pypirc needs the environment variable PROJECT, which is not set',
    ],
    [
      'a password whose variable is not set',
      { pypirc, name: 'token', env: { PROJECT: '7' } },
      'CONFIG',
      '~/.pypirc needs the environment variable CI_JOB_TOKEN, which is not set',
    ],
    ['a broken .pypirc', { pypirc: '[pypi]\nhunter2\n' }, 'CONFIG', '~/.pypirc: line 2: '],
    [
      '--token with --password',
      { flags: { token: 't', password: 'hunter2' } },
      'USAGE',
      '--token and --password exclude each other',
    ],
    [
      '--token with --username',
      { flags: { token: 'hunter2', username: 'u' } },
      'USAGE',
      '--token and --username exclude each other',
    ],
  ])('refuses %s', async (_, scene, code, message) => {
    const refused = await resolve(scene).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(WheelhouseError);
    const error = refused as WheelhouseError;
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(`${error.message}${error.hint ?? ''}${String(error.cause)}`).not.toContain('hunter2');
  });
});

describe('resolvePublishIdentity: who', () => {
  const everything: Scene = {
    pypirc,
    name: 'own',
    netrc: 'machine own.example login file-user password netrc-password',
    keyring,
    env: { TWINE_USERNAME: 'env-user', TWINE_PASSWORD: 'env-password' },
    flags: { username: 'flag-user', password: 'flag-password' },
  };
  const without = (...parts: (keyof Scene)[]): Scene =>
    Object.fromEntries(Object.entries(everything).filter(([key]) => !parts.includes(key as keyof Scene)));

  it.each<Row>([
    ['flags first', everything, [own, 'flag-user', 'flag-password'], ['.pypirc', 'flag', 'flag']],
    [
      'then the environment',
      without('flags'),
      [own, 'env-user', 'env-password'],
      ['.pypirc', 'environment', 'environment'],
    ],
    [
      'then .pypirc',
      without('flags', 'env'),
      [own, 'file-user', 'file-password'],
      ['.pypirc', '.pypirc', '.pypirc'],
    ],
    [
      'then netrc',
      { ...without('flags', 'env', 'pypirc', 'name'), url: own },
      [own, 'file-user', 'netrc-password'],
      ['flag', 'netrc', 'netrc'],
    ],
    [
      'then the keyring',
      { url: own, keyring, flags: { username: 'me' } },
      [own, 'me', `ring:me@${own}`],
      ['flag', 'flag', 'keyring'],
    ],
    [
      'the keyring for the user name too',
      { url: own, keyring: 'console.log(JSON.stringify({ username: "ring", password: "p" }))' },
      [own, 'ring', 'p'],
      ['flag', 'keyring', 'keyring'],
    ],
    ['no one', { url: own, keyring }, [own], ['flag']],
    [
      'each by itself: name by flag, password by environment',
      { ...without('flags'), flags: { username: 'flag-user' } },
      [own, 'flag-user', 'env-password'],
      ['.pypirc', 'flag', 'environment'],
    ],
    [
      'each by itself: name by environment, password by file',
      { ...without('flags', 'env'), env: { TWINE_USERNAME: 'env-user' } },
      [own, 'env-user', 'file-password'],
      ['.pypirc', 'environment', '.pypirc'],
    ],
    [
      'each by itself: name by file, password by flag',
      { ...without('flags', 'env'), flags: { password: 'p' } },
      [own, 'file-user', 'p'],
      ['.pypirc', '.pypirc', 'flag'],
    ],
    [
      'empty values as missing',
      {
        ...everything,
        env: { TWINE_USERNAME: '', TWINE_PASSWORD: '' },
        flags: { username: '', password: '', token: '' },
      },
      [own, 'file-user', 'file-password'],
      ['.pypirc', '.pypirc', '.pypirc'],
    ],
    ['a section with nothing in it', { pypirc, name: 'half' }, [own], ['.pypirc']],
    ["no section's password for a URL that is typed", { pypirc, url: own }, [own], ['flag']],
    [
      'a variable that is not set, where its value is not needed',
      { pypirc, name: 'token', env: { PROJECT: '7' }, flags: { password: 'p' } },
      ['https://gitlab.example/api/v4/projects/7/packages/pypi', 'gitlab-ci-token', 'p'],
      ['.pypirc', '.pypirc', 'flag'],
    ],
    // a job of GitLab
    [
      'its own token in a job of GitLab',
      { url: project, env: job },
      [project, 'gitlab-ci-token', 'job'],
      ['flag', 'job token', 'job token'],
    ],
    [
      "the job's token for the job's own user name",
      { url: project, env: { ...job, TWINE_USERNAME: 'gitlab-ci-token' } },
      [project, 'gitlab-ci-token', 'job'],
      ['flag', 'environment', 'job token'],
    ],
    [
      'no job token for another user',
      { url: project, env: job, flags: { username: 'u' } },
      [project, 'u'],
      ['flag', 'flag'],
    ],
    [
      'a password that is given before that of the job',
      { url: project, env: { ...job, TWINE_USERNAME: 'u', TWINE_PASSWORD: 'p' } },
      [project, 'u', 'p'],
      ['flag', 'environment', 'environment'],
    ],
    [
      'no job token for another server',
      { url: project, env: { ...job, CI_API_V4_URL: 'https://b.example/api/v4' } },
      [project],
      ['flag'],
    ],
    ['no job token for PyPI', { env: job }, [pypi, '__token__'], ['default', 'default']],
    // tokens
    [
      '--token',
      { pypirc, name: 'own', flags: { token: 't' } },
      [own, '__token__', 't'],
      ['.pypirc', 'flag', 'flag'],
    ],
    [
      '--token before the environment',
      { env: { TWINE_USERNAME: 'u', TWINE_PASSWORD: 'p' }, flags: { token: 't' } },
      [pypi, '__token__', 't'],
      ['default', 'flag', 'flag'],
    ],
    [
      '--token with its own user name',
      { flags: { token: 't', username: '__token__' } },
      [pypi, '__token__', 't'],
      ['default', 'flag', 'flag'],
    ],
    [
      'WHEELHOUSE_UPLOADER_TOKEN',
      { url: own, env: { WHEELHOUSE_UPLOADER_TOKEN: 't' } },
      [own, '__token__', 't'],
      ['flag', 'environment', 'environment'],
    ],
    [
      'WHEELHOUSE_UPLOADER_TOKEN for a user name that is typed',
      { url: own, env: { WHEELHOUSE_UPLOADER_TOKEN: 't' }, flags: { username: 'u' } },
      [own, 'u', 't'],
      ['flag', 'flag', 'environment'],
    ],
    [
      "a container's login is no registry's",
      { url: own, env: { WHEELHOUSE_UPLOADER_USERNAME: 'u', WHEELHOUSE_UPLOADER_SECRET: 's' } },
      [own],
      ['flag'],
    ],
    // PyPI
    [
      'PyPI: __token__, whatever .pypirc says',
      { pypirc },
      [pypi, '__token__', 'pypi-from-file'],
      ['default', 'default', '.pypirc'],
    ],
    [
      'PyPI: __token__ by URL',
      { url: pypi, env: { TWINE_PASSWORD: 'p' } },
      [pypi, '__token__', 'p'],
      ['flag', 'default', 'environment'],
    ],
    [
      'PyPI: a user name that is typed',
      { flags: { username: 'u' }, env: { TWINE_PASSWORD: 'p' } },
      [pypi, 'u', 'p'],
      ['default', 'flag', 'environment'],
    ],
    [
      'PyPI: the keyring as __token__',
      { keyring },
      [pypi, '__token__', `ring:__token__@${pypi}`],
      ['default', 'default', 'keyring'],
    ],
    [
      'no __token__ for a host that only sounds like PyPI',
      { url: 'https://upload.pypi.org.example/legacy/' },
      ['https://upload.pypi.org.example/legacy/'],
      ['flag'],
    ],
    // user info
    [
      "a URL's user info",
      { url: 'https://u:p%40ss@own.example/up/' },
      [own, 'u', 'p@ss'],
      ['flag', 'url', 'url'],
    ],
    [
      "a URL's user info of the environment",
      { env: { TWINE_REPOSITORY_URL: 'https://u:p@own.example/up/' } },
      [own, 'u', 'p'],
      ['environment', 'url', 'url'],
    ],
    [
      "a section's user info",
      {
        pypirc: '[distutils]\nindex-servers = a\n[a]\nrepository = https://u:p@own.example/up/\n',
        name: 'a',
      },
      [own, 'u', 'p'],
      ['.pypirc', 'url', 'url'],
    ],
    [
      'flags before user info',
      { url: 'https://u:p@own.example/up/', flags: { username: 'v', password: 'w' } },
      [own, 'v', 'w'],
      ['flag', 'flag', 'flag'],
    ],
    [
      'the environment before user info',
      { url: 'https://u:p@own.example/up/', env: { TWINE_PASSWORD: 'w' } },
      [own, 'u', 'w'],
      ['flag', 'url', 'environment'],
    ],
    [
      'a user name without a password',
      { url: 'https://u@own.example/up/', keyring },
      [own, 'u', `ring:u@${own}`],
      ['flag', 'url', 'keyring'],
    ],
    [
      'a password without a user name',
      { url: 'https://:p@own.example/up/' },
      [own, undefined, 'p'],
      ['flag', undefined, 'url'],
    ],
    // netrc
    [
      'netrc before the keyring',
      { url: own, keyring, netrc: 'machine own.example login n password np' },
      [own, 'n', 'np'],
      ['flag', 'netrc', 'netrc'],
    ],
    [
      "netrc: no other user's password",
      { url: own, flags: { username: 'me' }, netrc: 'machine own.example login n password np' },
      [own, 'me'],
      ['flag', 'flag'],
    ],
    [
      "netrc: no other host's password",
      { url: own, netrc: 'machine example login n password np\nmachine a.own.example login n password np' },
      [own],
      ['flag'],
    ],
    [
      'netrc: a port does not matter',
      { url: 'https://own.example:8443/up/', netrc: 'machine own.example login n password np' },
      ['https://own.example:8443/up/', 'n', 'np'],
      ['flag', 'netrc', 'netrc'],
    ],
    [
      'netrc: no default, which is no registry’s business',
      { netrc: 'default login anonymous password me@own.example' },
      [pypi, '__token__'],
      ['default', 'default'],
    ],
    [
      'netrc: PyPI only as __token__',
      { netrc: 'machine upload.pypi.org login me password np' },
      [pypi, '__token__'],
      ['default', 'default'],
    ],
    [
      'netrc: PyPI',
      { netrc: 'machine upload.pypi.org login __token__ password np' },
      [pypi, '__token__', 'np'],
      ['default', 'default', 'netrc'],
    ],
    // keyring
    [
      'the keyring by the URL as it is written',
      { url: 'https://Own.example', keyring, flags: { username: 'u' } },
      ['https://Own.example', 'u', 'ring:u@https://Own.example'],
      ['flag', 'flag', 'keyring'],
    ],
    [
      'a keyring without that password',
      { url: own, keyring: 'process.exit(1)', flags: { username: 'u' } },
      [own, 'u'],
      ['flag', 'flag'],
    ],
  ])('%s', async (_, scene, who, origins) => check(scene, who, origins));

  it('neither prints nor keeps the user info of a URL', async () => {
    const identity = await resolve({ url: 'https://u:hunter2@own.example/up/' });
    expect(identity.url).toBe(own);
    expect(JSON.stringify(identity)).not.toContain('hunter2');
  });

  it('asks neither netrc nor keyring where there is a password', async () => {
    const warnings: string[] = [];
    const scene: Scene = { netrc: 'broken', keyring: 'setInterval(() => {}, 1000)', flags: { token: 't' } };
    await resolve(scene, (message) => warnings.push(message));
    expect(warnings).toEqual([]);
  });

  it('goes on after a netrc file that cannot be read, and says so', async () => {
    const warnings: string[] = [];
    const identity = await resolve({ netrc: 'hunter2', keyring }, (message) => warnings.push(message));
    expect(identity.origins.password).toBe('keyring');
    expect(warnings).toEqual([expect.stringMatching(/\.netrc is passed over: line 1: /)]);
    expect(warnings.join()).not.toContain('hunter2');
  });
});

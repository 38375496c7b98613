import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/registry/identity/environment.ts';

describe('readEnvironment', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['nothing', {}, {}],
    ["twine's variables", { TWINE_USERNAME: 'u', TWINE_PASSWORD: 'p' }, { username: 'u', password: 'p' }],
    ['a repository', { TWINE_REPOSITORY: 'testpypi' }, { repository: 'testpypi' }],
    ['a URL', { TWINE_REPOSITORY_URL: 'https://a.example/' }, { repositoryUrl: 'https://a.example/' }],
    [
      'a URL before a name',
      { TWINE_REPOSITORY: 'a', TWINE_REPOSITORY_URL: 'https://a.example/' },
      { repositoryUrl: 'https://a.example/' },
    ],
    [
      'empty values as missing',
      {
        TWINE_USERNAME: '',
        TWINE_PASSWORD: '',
        TWINE_REPOSITORY: '',
        TWINE_REPOSITORY_URL: '',
        WHEELHOUSE_UPLOADER_TOKEN: '',
      },
      {},
    ],
    ['a token of our own', { WHEELHOUSE_UPLOADER_TOKEN: 't' }, { username: '__token__', password: 't' }],
    [
      "a token before twine's variables",
      { WHEELHOUSE_UPLOADER_TOKEN: 't', TWINE_USERNAME: 'u', TWINE_PASSWORD: 'p' },
      { username: '__token__', password: 't' },
    ],
    [
      'a token before a password',
      {
        WHEELHOUSE_UPLOADER_TOKEN: 't',
        WHEELHOUSE_UPLOADER_PASSWORD: 'p',
        WHEELHOUSE_UPLOADER_USERNAME: 'u',
      },
      { username: '__token__', password: 't' },
    ],
    [
      'our user name beside our password',
      {
        WHEELHOUSE_UPLOADER_USERNAME: 'u',
        WHEELHOUSE_UPLOADER_PASSWORD: 'p',
        TWINE_USERNAME: 'v',
        TWINE_PASSWORD: 'w',
      },
      { username: 'u', password: 'p' },
    ],
    [
      "our password beside twine's user name",
      { WHEELHOUSE_UPLOADER_PASSWORD: 'p', TWINE_USERNAME: 'v' },
      { username: 'v', password: 'p' },
    ],
    [
      "a container's user name, which is no registry's business",
      { WHEELHOUSE_UPLOADER_USERNAME: 'rackspace', WHEELHOUSE_UPLOADER_SECRET: 's' },
      {},
    ],
    [
      "a container's user name beside twine's variables",
      { WHEELHOUSE_UPLOADER_USERNAME: 'rackspace', WHEELHOUSE_UPLOADER_SECRET: 's', TWINE_PASSWORD: 'p' },
      { password: 'p' },
    ],
    [
      "our repository before twine's URL",
      { WHEELHOUSE_UPLOADER_REPOSITORY: 'a', TWINE_REPOSITORY_URL: 'https://a.example/' },
      { repository: 'a' },
    ],
    [
      'our URL before our repository',
      { WHEELHOUSE_UPLOADER_REPOSITORY_URL: 'https://b.example/', WHEELHOUSE_UPLOADER_REPOSITORY: 'a' },
      { repositoryUrl: 'https://b.example/' },
    ],
  ])('reads %s', (_, env, expected) => {
    const { password, ...rest } = readEnvironment(env);
    expect({ ...rest, ...(password === undefined ? {} : { password: password.reveal() }) }).toEqual(expected);
  });

  it('keeps the password from being printed', () => {
    expect(JSON.stringify(readEnvironment({ TWINE_PASSWORD: 'hunter2' }))).not.toContain('hunter2');
  });
});

import { describe, expect, it } from 'vitest';
import { urlSecrets } from '../../src/cli/url-secrets.ts';

const reveal = (args: readonly string[], environment: Record<string, string> = {}) =>
  urlSecrets(args, environment).map((secret) => secret.reveal());

describe('urlSecrets', () => {
  it.each<[string, string[]]>([
    ['https://me:p%2Fw@registry.example/@scope/', ['p%2Fw', 'p/w']],
    ['--repository-url=https://me:pw@registry.example/', ['pw']],
    ['https//me:pw@registry.example/', ['pw']],
    ['https://me:p/w@registry.example/', ['p/w']],
    ['https://me:100%@registry.example/', ['100%']],
    ['me:pw@registry.example/group/project', ['pw']],
    ['https://me@registry.example:8443/', []],
    ['https://registry.example:8443/@scope/', []],
    ['--repository-url=https://registry.example:8443/@scope/', []],
    ['C:\\dist', []],
    ['dist', []],
  ])('finds what is to be masked in %s', (given, expected) => {
    expect(reveal([given])).toEqual(expected);
  });

  it('looks into the variables that name registries, indexes and proxies', () => {
    const environment = {
      https_proxy: 'porter:one@proxy.example',
      TWINE_REPOSITORY_URL: 'https://me:two@registry.example/',
      WHEELHOUSE_UPLOADER_CHECK_URL: 'https://me:three@registry.example/',
      DATABASE_URL: 'postgres://me:four@db.example/',
    };
    expect(reveal([], environment)).toEqual(['one', 'two', 'three']);
  });
});

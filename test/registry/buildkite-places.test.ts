import { describe, expect, it } from 'vitest';
import {
  buildkiteAudience,
  buildkiteLegacyUrls,
  buildkitePage,
  buildkiteUrls,
  parseBuildkitePlace,
} from '../../src/registry/buildkite-places.ts';

const place = { organization: 'my-org', registry: 'my_registry.2' };

describe('a place of Buildkite', () => {
  it.each([
    ['my-org/my_registry.2', place],
    [' my-org/my_registry.2\n', place],
    ['My-Org/R', { organization: 'My-Org', registry: 'R' }],
  ])('is written %o', (text, expected) => {
    expect(parseBuildkitePlace(text, '--buildkite')).toEqual(expected);
  });

  it.each([
    '',
    'my-org',
    'my-org/',
    '/registry',
    'a/b/c',
    'a b/c',
    'a/b?c',
    '../..',
    'a/..',
    'https://buildkite.com/organizations/a/packages/registries/b',
  ])('is not written %o', (text) => {
    expect(() => parseBuildkitePlace(text, '--buildkite')).toThrow('--buildkite takes the organization');
    expect(() => parseBuildkitePlace(text, '--buildkite-legacy')).toThrow('and the repository: ORG/REPO');
  });

  it('has its URLs at Buildkite', () => {
    expect(hrefs(buildkiteUrls(place))).toEqual([
      'https://api.buildkite.com/v2/packages/organizations/my-org/registries/my_registry.2/packages',
      'https://packages.buildkite.com/my-org/my_registry.2/pypi/simple/',
    ]);
    expect(hrefs(buildkiteLegacyUrls(place))).toEqual([
      'https://buildkitepackages.com/api/v1/repos/my-org/my_registry.2/packages.json',
      'https://buildkitepackages.com/my-org/my_registry.2/pypi/simple/',
    ]);
    expect(buildkitePage(place)).toBe(
      'https://buildkite.com/organizations/my-org/packages/registries/my_registry.2',
    );
  });

  it.each(['https://proxy.example/bk', 'https://proxy.example/bk/', 'https://proxy.example/bk?x=1#y'])(
    'has them at a proxy, if there is one: %s',
    (proxy) => {
      expect(hrefs(buildkiteUrls(place, proxy))).toEqual([
        'https://proxy.example/bk/v2/packages/organizations/my-org/registries/my_registry.2/packages',
        'https://proxy.example/bk/my-org/my_registry.2/pypi/simple/',
      ]);
      expect(hrefs(buildkiteLegacyUrls(place, proxy))).toEqual([
        'https://proxy.example/bk/api/v1/repos/my-org/my_registry.2/packages.json',
        'https://proxy.example/bk/my-org/my_registry.2/pypi/simple/',
      ]);
    },
  );

  it.each(['proxy.example', 'ftp://proxy.example/', 'file:///etc/passwd'])('has no proxy %o', (proxy) => {
    expect(() => buildkiteUrls(place, proxy)).toThrow('WHEELHOUSE_UPLOADER_BUILDKITE_URL');
  });

  it('is named in tokens by its canonical URL', () => {
    expect(buildkiteAudience(place)).toBe('https://packages.buildkite.com/my-org/my_registry.2');
  });
});

const hrefs = ({ packages, index }: { packages: URL; index: URL }) => [packages.href, index.href];

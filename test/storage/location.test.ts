import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isContainerUrl, parseLocation, type LocationOptions } from '../../src/storage/location.ts';
import { WheelhouseError } from '../../src/model/errors.ts';

const parse = (text: string, options: LocationOptions = {}) =>
  parseLocation(text, { isFolder: () => false, platform: 'linux', ...options });
const failure = (text: string, options: LocationOptions = {}) => {
  try {
    parse(text, options);
  } catch (thrown) {
    if (thrown instanceof WheelhouseError) return thrown;
    throw thrown;
  }
  throw new Error(`${text} was accepted`);
};

describe('parseLocation', () => {
  it.each([
    ['s3://bucket', 's3', 'bucket', ''],
    ['s3://bucket/', 's3', 'bucket', ''],
    ['s3://bucket/a', 's3', 'bucket', 'a/'],
    ['s3://bucket/a/b c/', 's3', 'bucket', 'a/b c/'],
    ['S3://Bucket_1.x/a//b', 's3', 'Bucket_1.x', 'a/b/'],
    ['s3://bucket/50%', 's3', 'bucket', '50%/'],
    ['swift://numpy wheels/nightly', 'swift', 'numpy wheels', 'nightly/'],
    ['rackspace://wheels', 'rackspace', 'wheels', ''],
    ['azure://wheels/x', 'azure', 'wheels', 'x/'],
    ['gs://wheels', 'gs', 'wheels', ''],
    ['hp://wheels', 'hp', 'wheels', ''],
    ['  s3://bucket\n', 's3', 'bucket', ''],
  ])('reads the URL %j', (text, scheme, name, prefix) => {
    expect(parse(text)).toMatchObject({ scheme, name, prefix });
  });

  it.each([
    ['s3://bucket/', 's3://bucket'],
    ['S3://bucket//a/', 's3://bucket/a'],
    ['./wheels', './wheels'],
    ['file:///srv/my%20wheels', 'file:///srv/my%20wheels'],
  ])('shows %s as %s', (text, url) => expect(parse(text).url).toBe(url));

  it.each([
    ['.', '.'],
    ['..', '..'],
    ['./wheels', './wheels'],
    ['../wheels/a b', '../wheels/a b'],
    ['/srv/wheels', '/srv/wheels'],
    ['/srv/100%?#', '/srv/100%?#'],
    ['./user@host', './user@host'],
    ['file:///srv/my%20wheels', '/srv/my wheels'],
    ['file://localhost/srv', '/srv'],
    ['FILE:///srv', '/srv'],
    ['file:/srv', '/srv'],
  ])('reads the path of %s', (text, name) => {
    expect(parse(text)).toMatchObject({ scheme: 'file', name, prefix: '' });
  });

  it.each(['C:\\wheels', 'c:/wheels', '.\\wheels', '..\\wheels', '\\\\server\\share'])(
    'takes %s for a path on Windows, and only there',
    (text) => {
      expect(parse(text, { platform: 'win32' })).toMatchObject({ scheme: 'file', name: text });
      expect(failure(text)).toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(/Windows/) as string,
      });
    },
  );

  it.each([
    ['NAME alone, as in the original', undefined, 'rackspace', {}],
    ['a scheme', 'gs', 'gs', {}],
    ['pkgcloud', 'amazon', 's3', {}],
    ['pkgcloud', 'Google', 'gs', {}],
    ['pkgcloud', 'openstack', 'swift', {}],
    ['pkgcloud', 'rackspace', 'rackspace', {}],
    ['libcloud', 'CLOUDFILES', 'rackspace', {}],
    ['libcloud', 'cloudfiles_us', 'rackspace', {}],
    ['libcloud', 'CLOUDFILES_UK', 'rackspace', { region: 'lon' }],
    ['libcloud', 'S3', 's3', {}],
    ['libcloud', 'S3_US_WEST', 's3', { region: 'us-west-1' }],
    ['libcloud', 'MINIO', 's3', { needsEndpoint: true }],
  ])('reads NAME with the provider of %s: %s', (_what, provider, scheme, implied) => {
    const location = parse('wheels/nightly'.slice(0, provider === undefined ? 6 : 14), {
      ...(provider !== undefined && { provider }),
    });
    expect(location).toMatchObject({ scheme, name: 'wheels', ...implied });
    expect(location.prefix).toBe(provider === undefined ? '' : 'nightly/');
  });

  it('tells of a folder with the name of a container', () => {
    const isFolder = (path: string) => path === 'dist';
    expect(parse('dist', { isFolder }).doubt).toMatch(/write \.\/dist$/);
    expect(parse('other', { isFolder }).doubt).toBeUndefined();
    expect(parse('dist', { isFolder, provider: 'S3' }).doubt).toBeUndefined();
  });

  it('says when nobody named the store', () => {
    expect(parse('wheels').assumed).toBe(true);
    expect(parse('wheels', { provider: 'CLOUDFILES' }).assumed).toBeUndefined();
    expect(parse('rackspace://wheels').assumed).toBeUndefined();
  });

  it.each([
    ['s3:bucket', 'write s3://…'],
    ['S3:bucket', 'write s3://…'],
    ['s3:/bucket/nightly', 'write s3://…'],
    ['gcs:bucket', 'write gs://…'],
    ['azure:wheels', 'write azure://…'],
  ])('misses the // of %s', (text, hint) => {
    expect(failure(text)).toMatchObject({ code: 'USAGE', hint });
    expect(parse('s3:old', { provider: 'CLOUDFILES' }).name).toBe('s3:old');
  });

  it.each([
    'dist/tinyproject-1.0.tar.gz',
    './dist/tinyproject-1.0-py3-none-any.whl',
    's3://bucket/tinyproject-1.0-py3-none-any.whl',
  ])('takes %s for a file, not for where it goes', (text) => {
    expect(failure(text)).toMatchObject({
      code: 'USAGE',
      hint: expect.stringMatching(/--local-folder/) as string,
    });
  });

  it.each([
    ['wheels', undefined, 'wheels'],
    ['wheels', '/srv', '/srv/wheels'],
    ['wheels/nightly', '/srv/', '/srv/wheels/nightly'],
    ['wheels', 'store', 'store/wheels'],
    ['wheels', '', 'wheels'],
  ])('reads %s with --provider LOCAL and the user name %s', (name, username, path) => {
    const location = parse(name, { provider: 'LOCAL', ...(username !== undefined && { username }) });
    expect(location).toMatchObject({ scheme: 'file', name: path });
  });

  it('ignores the user name of anything else', () => {
    expect(parse('./wheels', { provider: 'local', username: '/srv' }).name).toBe('./wheels');
    expect(parse('wheels', { provider: 's3', username: '/srv' }).name).toBe('wheels');
  });

  it('lets a provider say more about a URL, not something else', () => {
    expect(parse('s3://bucket', { provider: 'S3_EU_WEST2' })).toMatchObject({ region: 'eu-west-2' });
    expect(parse('s3://bucket', { provider: 'scaleway' }).endpoint).toMatch(/scw\.cloud/);
    expect(failure('s3://bucket', { provider: 'CLOUDFILES' }).message).toBe(
      '--provider CLOUDFILES does not go with a s3:// URL',
    );
    expect(failure('./wheels', { provider: 'S3' }).message).toBe('--provider S3 does not go with a folder');
  });

  it.each([
    ['', /no name/],
    ['   ', /no name/],
    ['s3://', /names no container/],
    ['s3:///prefix', /names no container/],
    ['s3://bucket/../other', /cannot hold \. or \.\./],
    ['ftp://host/wheels', /ftp:\/\/ is no kind of container/],
    ['wheels/nightly', /neither a URL nor a path/],
    ['file://server/share', /is not file:\/\/\//],
    ['file:relative', /is not file:\/\/\//],
    ['file:///srv?x=1', /is not file:\/\/\//],
    ['file:///srv%2Fetc', /is not file:\/\/\//],
    ['a?b', /cannot be the name/],
    ['a\0b', /cannot be the name/],
  ])('refuses %j', (text, message) => {
    const error = failure(text);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: 'USAGE', exitCode: 2 });
    expect(error.hint).toMatch(/\S/);
  });

  it('names all the forms when it is given none of them', () => {
    expect(failure('wheels/nightly').hint).toMatch(/\.\/wheels\/nightly.*s3:\/\/.*swift:\/\/.*--provider/);
    expect(failure('gcs://bucket').hint).toBe('write gs://…');
  });

  it('says that a web page is no container', () => {
    const error = failure('https://user:hunter2@host/wheels/?token=hunter2');
    expect(error.message).toBe('https://host/wheels/?token=*** is a web page, not a container');
    expect(error.hint).toMatch(/only be read from/);
    expect(failure('http://[').message).toMatch(/^http:\/\/… is a web page/);
  });

  it.each([
    's3://AKIA:hunter2@bucket/prefix',
    'swift://hunter2@container',
    'azure://container?sv=2024&sig=hunter2',
    'azure://container/x#hunter2',
  ])('refuses the secret in %s and does not repeat it', (text) => {
    const error = failure(text);
    expect(error.code).toBe('USAGE');
    expect(`${error.message} ${error.hint ?? ''} ${String(error.cause)}`).not.toMatch(/hunter2/);
  });

  it.each(['NIMBUS', 'ninefold', 'DUMMY', 'floppy', '__proto__', 'constructor', ''])(
    'refuses the provider %j',
    (provider) => expect(failure('wheels', { provider })).toMatchObject({ code: 'USAGE' }),
  );

  it.each(['../other', 'a/../../b', '..'])('keeps the LOCAL container %s in its folder', (name) => {
    // Those that begin with a dot are paths, and as such no containers of the user's folder at all.
    if (name.startsWith('.')) expect(parse(name, { provider: 'LOCAL', username: '/srv' }).name).toBe(name);
    else expect(failure(name, { provider: 'LOCAL', username: '/srv' }).message).toMatch(/cannot hold \.\./);
  });

  it('asks the file system about folders by itself', () => {
    expect(parseLocation('src').doubt).toMatch(/\.\/src/);
    expect(parseLocation('no-such-folder-here').doubt).toBeUndefined();
    expect(parseLocation(pathToFileURL(import.meta.dirname).href).name).toBe(import.meta.dirname);
  });
});

describe('isContainerUrl', () => {
  it.each(['s3://b', 'S3://b', 'swift://c/p', 'rackspace://c', 'azure://c', 'gs://b', 'hp://c'])(
    '%s is one',
    (text) => expect(isContainerUrl(text)).toBe(true),
  );
  it.each([
    'https://host/',
    'http://host',
    'file:///srv',
    './wheels',
    '/srv',
    'wheels',
    'ftp://x',
    'C:\\x',
    '',
  ])('%j is none: it may be a page', (text) => expect(isContainerUrl(text)).toBe(false));
});

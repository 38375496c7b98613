import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { addressOf, openContainer } from '../../src/storage/drivers.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { listKeys } from '../conformance/contents.ts';
import { makeScratchFolder } from './scratch-folder.ts';

describe('openContainer', () => {
  it('opens a folder by its path', async () => {
    const scratch = await makeScratchFolder();
    try {
      const path = join(scratch.path, 'wheels');
      const container = await openContainer(parseLocation(path), { username: 'u', secret: new Secret('s') });
      expect(container.url).toBe(path);
      await container.create();
      await container.write('a.whl', bytesSource('x'), { contentType: 'a/b' });
      expect(await listKeys(container)).toEqual(['a.whl']);
      await container.close();
    } finally {
      await scratch.remove();
    }
  });

  it('passes on the doubt about a bare name', async () => {
    const events: WheelhouseEvent[] = [];
    const location = parseLocation('src');
    await openContainer(location, { onEvent: (event) => events.push(event) }).catch(() => undefined);
    expect(events).toEqual([{ event: 'notice', message: expect.stringMatching(/write \.\/src$/) as string }]);
  });

  it('does nothing after an abort', async () => {
    await expect(openContainer(parseLocation('./x'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('addressOf', () => {
  const address = (provider: string, options: { region?: string; endpoint?: string } = {}) => {
    const { region, endpoint } = addressOf(parseLocation('wheels', { provider }), options);
    return [region, endpoint];
  };

  it.each([
    ['S3', {}, [undefined, undefined]],
    ['S3', { region: 'eu-west-3' }, ['eu-west-3', undefined]],
    ['S3_EU_WEST', {}, ['eu-west-1', undefined]],
    ['S3_EU_WEST', { region: 'eu-west-3' }, ['eu-west-3', undefined]],
    ['CLOUDFILES', {}, ['ord', undefined]],
    ['CLOUDFILES_UK', {}, ['lon', undefined]],
    ['DIGITALOCEAN_SPACES', {}, ['nyc3', 'https://nyc3.digitaloceanspaces.com']],
    ['DIGITALOCEAN_SPACES', { region: 'ams3' }, ['ams3', 'https://ams3.digitaloceanspaces.com']],
    ['BACKBLAZE_B2', { region: 'us-west-004' }, ['us-west-004', 'https://s3.us-west-004.backblazeb2.com']],
    ['BACKBLAZE_B2', { endpoint: 'https://x' }, [undefined, 'https://x']],
    ['MINIO', { endpoint: 'http://127.0.0.1:9000' }, [undefined, 'http://127.0.0.1:9000']],
  ])('of %s with %j', (provider, options, expected) => {
    expect(address(provider, options)).toEqual(expected);
  });

  it.each([
    ['MINIO', /--endpoint/],
    ['S3_RGW', /--endpoint/],
    ['BACKBLAZE_B2', /--region/],
  ])('of %s must be given', (provider, hint) => {
    expect(() => address(provider)).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(hint) as string }) as Error,
    );
  });
});

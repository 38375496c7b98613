import { describe, expect, it } from 'vitest';
import { findProvider } from '../../src/storage/providers.ts';

describe('findProvider', () => {
  // Every constant of libcloud.storage.types.Provider for Amazon, with the region_name of its driver.
  it.each([
    ['S3_AP_NORTHEAST', 'ap-northeast-1'],
    ['S3_AP_NORTHEAST1', 'ap-northeast-1'],
    ['S3_AP_NORTHEAST2', 'ap-northeast-2'],
    ['S3_AP_SOUTH', 'ap-south-1'],
    ['S3_AP_SOUTHEAST', 'ap-southeast-1'],
    ['S3_AP_SOUTHEAST2', 'ap-southeast-2'],
    ['S3_CA_CENTRAL', 'ca-central-1'],
    ['S3_CN_NORTH', 'cn-north-1'],
    ['S3_CN_NORTHWEST', 'cn-northwest-1'],
    ['S3_EU_WEST', 'eu-west-1'],
    ['S3_EU_WEST2', 'eu-west-2'],
    ['S3_EU_WEST3', 'eu-west-3'],
    ['S3_EU_CENTRAL', 'eu-central-1'],
    ['S3_EU_NORTH1', 'eu-north-1'],
    ['S3_SA_EAST', 'sa-east-1'],
    ['S3_US_EAST2', 'us-east-2'],
    ['S3_US_WEST', 'us-west-1'],
    ['S3_US_WEST_OREGON', 'us-west-2'],
    ['S3_US_GOV_WEST', 'us-gov-west-1'],
    // Their values are spelt with one more underscore.
    ['s3_eu_west_2', 'eu-west-2'],
    ['s3_ap_northeast_1', 'ap-northeast-1'],
    // Regions that libcloud has no constant for.
    ['S3_US_WEST2', 'us-west-2'],
    ['s3-us-west-2', 'us-west-2'],
    ['S3_IL_CENTRAL_1', 'il-central-1'],
  ])('%s is Amazon in %s', (name, region) => expect(findProvider(name)).toEqual({ scheme: 's3', region }));

  it.each([
    ['S3', 's3'],
    ['Amazon', 's3'],
    ['GOOGLE_STORAGE', 'gs'],
    ['google', 'gs'],
    ['AZURE_BLOBS', 'azure'],
    ['azure', 'azure'],
    ['OPENSTACK_SWIFT', 'swift'],
    ['CLOUDFILES_SWIFT', 'swift'],
    ['openstack', 'swift'],
    ['CloudFiles', 'rackspace'],
    ['CLOUDFILES_US', 'rackspace'],
    ['LOCAL', 'file'],
    ['hp', 'hp'],
  ])('%s is %s', (name, scheme) => expect(findProvider(name)).toEqual({ scheme }));

  it.each([
    'DIGITALOCEAN_SPACES',
    'BACKBLAZE_B2',
    'SCALEWAY',
    'OVH',
    'ALIYUN_OSS',
    'AURORAOBJECTS',
    'S3_RGW_OUTSCALE',
  ])('%s speaks S3 at an address of its own', (name) => {
    expect(findProvider(name)).toMatchObject({
      scheme: 's3',
      endpoint: expect.stringMatching(/^https:\/\/[a-z0-9.{}-]+$/) as string,
    });
  });

  it.each(['MINIO', 'S3_RGW'])('%s speaks S3 wherever the user runs it', (name) =>
    expect(findProvider(name)).toEqual({ scheme: 's3', needsEndpoint: true }),
  );

  it.each(['DUMMY', 'KTUCLOUD', 'NIMBUS', 'NINEFOLD'])('%s is gone', (name) =>
    expect(findProvider(name)).toBe('gone'),
  );

  it.each(['', 's3_', 'S3_MOON', 'S3_US_', 'S3_US_1', 'S3_US_WEST_12', 'toString', '__proto__'])(
    '%j is none',
    (name) => expect(findProvider(name)).toBeUndefined(),
  );
});

/** What a container URL may begin with, before `://`. */
export const schemes = ['file', 's3', 'swift', 'rackspace', 'azure', 'gs', 'hp'] as const;
export type Scheme = (typeof schemes)[number];

/** The store that a provider's name stands for, and what the name says of it. */
export interface Provider {
  readonly scheme: Scheme;
  /** Where the name implies one, or the provider has a usual one. */
  readonly region?: string;
  /** Of an S3 that is not Amazon's; `{region}` stands for the region. */
  readonly endpoint?: string;
  /** Everybody runs their own, so the address must be given. */
  readonly needsEndpoint?: true;
}

/** Names by pkgcloud (https://github.com/pkgcloud/pkgcloud) and by us. */
const ourNames: Readonly<Record<string, Provider>> = {
  file: { scheme: 'file' },
  s3: { scheme: 's3' },
  amazon: { scheme: 's3' },
  swift: { scheme: 'swift' },
  openstack: { scheme: 'swift' },
  rackspace: { scheme: 'rackspace' },
  azure: { scheme: 'azure' },
  gs: { scheme: 'gs' },
  google: { scheme: 'gs' },
  hp: { scheme: 'hp' },
};

/** Constants of libcloud.storage.types.Provider (3.9), lower-case; the addresses are those of the stores' S3 interfaces. */
const libcloudNames: Readonly<Record<string, Provider>> = {
  local: { scheme: 'file' },
  azure_blobs: { scheme: 'azure' },
  google_storage: { scheme: 'gs' },
  openstack_swift: { scheme: 'swift' },
  cloudfiles: { scheme: 'rackspace' },
  cloudfiles_us: { scheme: 'rackspace' },
  cloudfiles_uk: { scheme: 'rackspace', region: 'lon' },
  cloudfiles_swift: { scheme: 'swift' },
  s3_us_west_oregon: { scheme: 's3', region: 'us-west-2' },
  s3_rgw: { scheme: 's3', needsEndpoint: true },
  s3_rgw_outscale: { scheme: 's3', region: 'eu-west-2', endpoint: 'https://oos.{region}.outscale.com' },
  minio: { scheme: 's3', needsEndpoint: true },
  digitalocean_spaces: {
    scheme: 's3',
    region: 'nyc3',
    endpoint: 'https://{region}.digitaloceanspaces.com',
  },
  backblaze_b2: { scheme: 's3', endpoint: 'https://s3.{region}.backblazeb2.com' },
  scaleway: { scheme: 's3', region: 'fr-par', endpoint: 'https://s3.{region}.scw.cloud' },
  ovh: { scheme: 's3', region: 'sbg', endpoint: 'https://s3.{region}.perf.cloud.ovh.net' },
  aliyun_oss: { scheme: 's3', endpoint: 'https://s3.oss-{region}.aliyuncs.com' },
  auroraobjects: { scheme: 's3', endpoint: 'https://o.auroraobjects.eu' },
};

/** Those that libcloud still names, though there is nothing left to talk to. */
const gone: ReadonlySet<string> = new Set(['dummy', 'ktucloud', 'nimbus', 'ninefold']);

const regionName = /^s3_((?:us_gov|[a-z]{2})_(?:north|south|central)?(?:east|west)?(?<!_))_?(\d)?$/;

/** The provider of that name, in any case: a scheme, a pkgcloud name or a libcloud constant. */
export function findProvider(name: string): Provider | 'gone' | undefined {
  const lower = name.trim().toLowerCase().replaceAll('-', '_');
  if (gone.has(lower)) return 'gone';
  for (const names of [ourNames, libcloudNames]) {
    if (Object.hasOwn(names, lower)) return names[lower];
  }
  // libcloud has S3_US_WEST (which is us-west-1), S3_US_EAST2 and S3_AP_SOUTHEAST2, but not every region of today.
  const [, area, number = '1'] = regionName.exec(lower) ?? [];
  if (area === undefined) return undefined;
  return { scheme: 's3', region: `${area.replaceAll('_', '-')}-${number}` };
}

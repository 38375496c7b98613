import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseListing } from '../../src/listing/parse.ts';
import { Secret } from '../../src/model/secret.ts';
import type { Container } from '../../src/storage/container.ts';
import { openContainer, type ContainerOptions } from '../../src/storage/drivers.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { readText } from '../conformance/contents.ts';
import { makeWheel, type MadeDistribution } from '../make-distribution.ts';
import { startMoto } from './servers/moto.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startVersityGw } from './servers/versitygw.ts';

/** A running server of one kind of store. */
export interface RunningStore extends AsyncDisposable {
  /** `http://host:port`, where a proxy can stand before. */
  readonly origin: string;
  /** What `--endpoint` says, if the store is reached at that origin. */
  endpointAt(origin: string): string;
  readonly username: string;
  readonly secret: string;
  readonly region?: string;
  /** The URL of a container that nobody else uses and that is not there yet. */
  freshContainer(): string;
  /** Lets everybody read a container. */
  publish(container: string): Promise<void>;
}

export interface TestedStore {
  readonly name: string;
  readonly start: () => Promise<RunningStore>;
  /** Of the race of 16 writers: undisturbed, and with killed ones. */
  readonly rounds: number;
  readonly killRounds: number;
  /** How long the pages need not show a write yet, in milliseconds. Default: 0. */
  readonly listingLagMs?: number;
  /** Whether a request is part of listing a whole container. */
  readonly isListing: (request: { method: string; url: string }) => boolean;
  /** Objects on one page of a listing. */
  readonly pageSize: number;
}

/** Every store that has a server here. */
export const stores: readonly TestedStore[] = [
  {
    name: 'VersityGW',
    start: async () => s3Store(await startVersityGw()),
    rounds: 20,
    killRounds: 10,
    isListing: isS3Listing,
    pageSize: 1000,
  },
  {
    name: 'moto',
    start: async () => s3Store(await startMoto()),
    rounds: 3,
    killRounds: 2,
    isListing: isS3Listing,
    pageSize: 1000,
  },
];

function isS3Listing({ method, url }: { method: string; url: string }): boolean {
  return method === 'GET' && url.includes('list-type=2');
}

function s3Store(server: S3Server): RunningStore {
  const { username, secret, region, endpoint } = server;
  return {
    origin: endpoint,
    endpointAt: (origin) => origin,
    username,
    secret,
    region,
    freshContainer: () => `s3://stores-${randomBytes(8).toString('hex')}/wheels`,
    publish: (container) => allowReading(server, parseLocation(container).name),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** As an administrator would: the tool itself leaves policies alone. */
async function allowReading({ endpoint, region, username, secret }: S3Server, bucket: string): Promise<void> {
  const { S3Client, PutBucketPolicyCommand } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: username, secretAccessKey: secret },
  });
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${bucket}/*`],
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  client.destroy();
}

/** The environment in which the executable finds a store, by way of a proxy if one is given. */
export function storeEnvironment(store: RunningStore, origin = store.origin): Record<string, string> {
  return {
    WHEELHOUSE_UPLOADER_ENDPOINT: store.endpointAt(origin),
    WHEELHOUSE_UPLOADER_USERNAME: store.username,
    WHEELHOUSE_UPLOADER_SECRET: store.secret,
    ...(store.region === undefined ? {} : { WHEELHOUSE_UPLOADER_REGION: store.region }),
  };
}

/** Opens a container of a store by the library, by way of a proxy if one is given. */
export function openStore(
  store: RunningStore,
  container: string,
  { origin = store.origin, ...options }: ContainerOptions & { origin?: string } = {},
): Promise<Container> {
  return openContainer(parseLocation(container), {
    endpoint: store.endpointAt(origin),
    username: store.username,
    secret: new Secret(store.secret),
    ...(store.region === undefined ? {} : { region: store.region }),
    ...options,
  });
}

export interface Dist {
  readonly folder: string;
  readonly wheels: readonly MadeDistribution[];
}

/** Two wheels of a project that all writers share and one of the writer's own, in a folder of its own. */
export async function fillDist(root: string, writer: number): Promise<Dist> {
  const wheels = [
    makeWheel({ project: 'shared', version: `1.${writer}+local.1`, requiresPython: '>=3.9' }),
    makeWheel({ project: 'shared', version: '2.0', tag: `cp311-cp311-macosx_${writer + 11}_0_arm64` }),
    makeWheel({ project: `own-${writer}`, version: '1.0' }),
  ];
  const folder = join(root, `dist-${writer}`);
  await mkdir(folder, { recursive: true });
  for (const { filename, bytes } of wheels) await writeFile(join(folder, filename), bytes);
  return { folder, wheels };
}

/** Digests by file name. */
export function digestsOf(wheels: readonly MadeDistribution[]): Map<string, string> {
  return new Map(wheels.map(({ filename, sha256 }) => [filename, sha256]));
}

/** What each of the pages of a container lists: digests by file name; a name that is listed twice counts as wrong. */
export async function readPages(container: Container, projects: readonly string[]) {
  const read = async (keys: readonly string[]) => {
    const digests = new Map<string, string>();
    for (const key of keys) {
      const text = (await readText(container, key)) ?? '';
      const { links } = parseListing(text, { url: `http://localhost/${key}`, contentType: 'text/html' });
      for (const { filename, hashes } of links)
        digests.set(filename, digests.has(filename) ? 'listed twice' : (hashes['sha256'] ?? 'no digest'));
    }
    return digests;
  };
  const [flat, simple, json] = await Promise.all([
    read(['index.html']),
    read(projects.map((project) => `simple/${project}/index.html`)),
    readText(container, 'metadata.json'),
  ]);
  const known = Object.entries(JSON.parse(json ?? '{}') as Record<string, { sha256: string }>);
  return { flat, simple, metadata: new Map(known.map(([name, { sha256 }]) => [name, sha256])) };
}

import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseListing } from '../../src/listing/parse.ts';
import { Secret } from '../../src/model/secret.ts';
import type { Container } from '../../src/storage/container.ts';
import { openContainer } from '../../src/storage/drivers.ts';
import type { ContainerOptions } from '../../src/storage/container-options.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { readText } from '../conformance/contents.ts';
import { makeWheel, type MadeDistribution } from '../make-distribution.ts';
import type { Background } from './background.ts';
import { account, accountKey, startAzurite } from './servers/azurite.ts';
import { startFakeGcs } from './servers/fake-gcs.ts';
import { startMoto } from './servers/moto.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startSwift, type Swift } from './servers/swift.ts';
import { startVersityGw } from './servers/versitygw.ts';

/** A running server of one kind of store. */
export interface RunningStore extends AsyncDisposable {
  /** `http://host:port`, where a proxy can stand before. */
  readonly origin: string;
  /** What opens a container of the store at that origin. */
  optionsAt(origin: string): StoreOptions;
  /** A bucket or container, and a prefix, that nobody else uses and that is not there yet. */
  freshContainer(): string;
  /** Lets everybody read a container that is there, as its owner would. */
  publish(container: string): Promise<void>;
}

/** With what has no flag, but a variable. */
interface StoreOptions extends ContainerOptions {
  readonly environment?: Readonly<Record<string, string>>;
}

interface Request {
  readonly method: string;
  readonly url: string;
}

export interface TestedStore {
  readonly name: string;
  readonly start: () => Promise<RunningStore>;
  /** Of the race of 16 writers: undisturbed, and with killed ones. 0: it is not run. */
  readonly rounds: number;
  readonly killRounds: number;
  /** Whether a request is part of listing a whole container. */
  readonly isListing: (request: Request) => boolean;
  /** Objects on one page of a listing. */
  readonly pageSize: number;
}

/** Every store that has a server here. */
export const stores: readonly TestedStore[] = [
  {
    name: 'VersityGW',
    start: async () => s3Store(await startVersityGw()),
    rounds: 20,
    killRounds: 5,
    isListing: isS3Listing,
    pageSize: 1000,
  },
  {
    // It takes one request at a time, and takes long for each: there is no race to run.
    name: 'moto',
    start: async () => s3Store(await startMoto()),
    rounds: 0,
    killRounds: 0,
    isListing: isS3Listing,
    pageSize: 1000,
  },
  {
    name: 'Azurite',
    start: async () => azureStore(await startAzurite()),
    rounds: 20,
    killRounds: 5,
    isListing: ({ method, url }) => method === 'GET' && url.includes('comp=list'),
    pageSize: 5000,
  },
  {
    name: 'fake-gcs-server',
    start: async () => googleStore(await startFakeGcs()),
    rounds: 20,
    killRounds: 5,
    isListing: ({ method, url }) => method === 'GET' && /\/b\/[^/]+\/o\?/.test(url),
    pageSize: 1000,
  },
  {
    name: 'OpenStack Swift',
    start: async () => swiftStore(await startSwift()),
    rounds: 20,
    killRounds: 3,
    isListing: ({ method, url }) => method === 'GET' && url.includes('format=json'),
    pageSize: 10_000,
  },
];

function isS3Listing({ method, url }: Request): boolean {
  return method === 'GET' && url.includes('list-type=2');
}

const freshName = () => `stores-${randomBytes(8).toString('hex')}`;

export function s3Store(server: S3Server): RunningStore {
  const { username, secret, region, endpoint } = server;
  return {
    origin: endpoint,
    optionsAt: (origin) => ({ endpoint: origin, username, secret: new Secret(secret), region }),
    freshContainer: () => `s3://${freshName()}/wheels`,
    publish: (container) => allowReading(server, parseLocation(container).name),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** As an administrator would: the tool itself leaves policies alone. */
async function allowReading(server: S3Server, Bucket: string): Promise<void> {
  const { PutBucketPolicyCommand } = await import('@aws-sdk/client-s3');
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${Bucket}/*`],
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const client = await openS3Client(server);
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  client.destroy();
}

async function openS3Client({ endpoint, region, username, secret }: S3Server) {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const credentials = { accessKeyId: username, secretAccessKey: secret };
  return new S3Client({ endpoint, region, forcePathStyle: true, credentials });
}

function azureStore(server: Background): RunningStore {
  const { origin } = new URL(server.url);
  const secret = new Secret(accountKey);
  return {
    origin,
    optionsAt: (at) => ({ endpoint: `${at}/${account}`, username: account, secret }),
    freshContainer: () => `azure://${freshName()}/wheels`,
    publish: async (container) => {
      const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
      const credential = new StorageSharedKeyCredential(account, accountKey);
      const service = new BlobServiceClient(server.url, credential);
      await service.getContainerClient(parseLocation(container).name).setAccessPolicy('blob');
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function googleStore(server: Background): RunningStore {
  return {
    origin: server.url,
    optionsAt: (endpoint) => ({ endpoint, environment: { STORAGE_EMULATOR_HOST: endpoint } }),
    freshContainer: () => `gs://${freshName()}/wheels`,
    publish: () => Promise.resolve(), // it has no private buckets
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function swiftStore(server: Swift): RunningStore {
  const { project, username, password } = server.account;
  return {
    origin: new URL(server.v1Url).origin,
    optionsAt: (origin) => ({
      endpoint: server.keystoneUrl,
      username,
      secret: new Secret(password),
      region: 'RegionOne',
      environment: {
        OS_PROJECT_NAME: project,
        OS_USER_DOMAIN_NAME: 'Default',
        OS_PROJECT_DOMAIN_NAME: 'Default',
        OS_STORAGE_URL: `${origin}/v1/AUTH_${project}`,
      },
    }),
    freshContainer: () => `swift://${freshName()}/wheels`,
    publish: () => Promise.resolve(), // the tool itself does, unless told not to
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The environment in which the executable finds a store, by way of a proxy if one is given. */
export function storeEnvironment(store: RunningStore, origin = store.origin): Record<string, string> {
  const { endpoint, username, secret, region, environment } = store.optionsAt(origin);
  return Object.fromEntries(
    Object.entries({
      WHEELHOUSE_UPLOADER_ENDPOINT: endpoint,
      WHEELHOUSE_UPLOADER_USERNAME: username,
      WHEELHOUSE_UPLOADER_SECRET: secret?.reveal(),
      WHEELHOUSE_UPLOADER_REGION: region,
      ...environment,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Opens a container of a store by the library, by way of a proxy if one is given. */
export function openStore(
  store: RunningStore,
  container: string,
  { origin = store.origin, ...options }: ContainerOptions & { origin?: string } = {},
): Promise<Container> {
  const all = { ...store.optionsAt(origin), ...options };
  return openContainer(parseLocation(container), all);
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

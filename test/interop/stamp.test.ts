import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upload } from '../../src/flows/upload.ts';
import { openContainer } from '../../src/storage/drivers.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { serveFolder, type StaticServer } from '../servers/static-server.ts';
import { peer, runSuccessfully } from './commands.ts';
import { buildDistributions, devProjects, readFolder } from './real-distributions.ts';

// Proof: dev wheels of real back-ends are stamped so that pip and uv install the newest, and hold in every byte.

let scratch: string;
let container: string;
let dist: string;
let server: StaticServer;
/** File names as built, and as the two uploads have stored them. */
let built: string[];
let stored: Map<string, Buffer>;

const times = ['2026-11-21T10:00:00Z', '2026-11-21T10:01:00Z'] as const;
const stamps = ['20261121100000', '20261121100100'] as const;
const projects = Object.values(devProjects);

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'wheelhouse-stamp-'));
  container = join(scratch, 'wheelhouse');
  dist = join(scratch, 'dist');
  for (const project of projects) await buildDistributions(project, scratch, dist);
  for (const time of times) {
    const opened = await openContainer(parseLocation(container));
    const { ok } = await upload({ container: opened, localFolder: dist, clock: () => new Date(time) });
    await opened.close();
    expect(ok).toBe(true);
  }
  built = [...(await readFolder(dist)).keys()].filter((name) => name.endsWith('.whl'));
  stored = await readFolder(container);
  server = await serveFolder(container);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

/** What a wheel built here is called once it is stamped. */
function stampedName(name: string, stamp: string): string {
  const [project = '', version = '', ...tags] = name.split('-');
  const [publicPart = '', local] = version.split('+');
  return [project, `${publicPart}+${[stamp, local].filter(Boolean).join('.')}`, ...tags].join('-');
}

const program = {
  /** What Python's own zipfile reads in a wheel: name → digest, permissions and date of each entry, in order. */
  entries: [
    'import hashlib, json, sys, zipfile',
    'archive = zipfile.ZipFile(sys.argv[1])',
    'assert archive.testzip() is None',
    'rows = [[i.filename, hashlib.sha256(archive.read(i)).hexdigest(), i.external_attr, list(i.date_time)] for i in archive.infolist()]',
    'print(json.dumps(rows))',
  ].join('\n'),
  /** Fails unless every file of an installed distribution is as its RECORD says. */
  record: [
    'import base64, hashlib, importlib.metadata, sys',
    'for name in sys.argv[1:]:',
    '    files = importlib.metadata.distribution(name).files',
    '    hashed = [f for f in files if f.hash is not None]',
    '    assert len(hashed) > 3, name',
    '    for f in hashed:',
    '        digest = hashlib.new(f.hash.mode, f.locate().read_bytes()).digest()',
    '        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == f.hash.value, f',
  ].join('\n'),
};

type Row = readonly [name: string, sha256: string, attributes: number, date: readonly number[]];

async function entriesOf(path: string): Promise<Row[]> {
  const { stdout } = await runSuccessfully(peer('python'), ['-c', program.entries, path]);
  return JSON.parse(stdout) as Row[];
}

describe('stamped wheels', () => {
  it('are stored under both times, one for each upload', () => {
    expect(built).toHaveLength(projects.length);
    for (const name of built)
      for (const stamp of stamps) expect([...stored.keys()]).toContain(stampedName(name, stamp));
  });

  it('differ from what was built in three entries only, order, permissions and dates kept', async () => {
    for (const name of built) {
      const [project = '', version = ''] = name.split('-');
      const before = await entriesOf(join(dist, name));
      const after = await entriesOf(join(container, stampedName(name, stamps[1])));
      const newVersion = stampedName(name, stamps[1]).split('-')[1] ?? '';
      const renamed = (path: string) => path.replace(`${project}-${version}.`, `${project}-${newVersion}.`);
      expect(
        after.map(([path]) => path),
        name,
      ).toEqual(before.map(([path]) => renamed(path)));
      expect(
        after.map(([, , ...kept]) => kept),
        name,
      ).toEqual(before.map(([, , ...kept]) => kept));
      const changed = before.filter(([, sha256], i) => after[i]?.[1] !== sha256).map(([path]) => path);
      expect(changed.sort(), name).toEqual(
        ['METADATA', 'RECORD'].map((file) => `${project}-${version}.dist-info/${file}`),
      );
    }
  });

  it('have their metadata beside them as they are inside', () => {
    for (const name of built) {
      const sidecar = stored.get(`${stampedName(name, stamps[1])}.metadata`)?.toString() ?? '';
      expect(sidecar).toMatch(new RegExp(`^Version: .*\\+${stamps[1]}`, 'm'));
    }
  });
});

describe.each(['pip', 'uv'] as const)('%s', (installer) => {
  it('installs the newest of each by its name alone, and every file is as RECORD says', async () => {
    const environment = join(scratch, `environment-${installer}`);
    await runSuccessfully(peer('python'), ['-m', 'venv', environment]);
    const python = join(environment, 'bin', 'python');
    const names = projects.map(({ name }) => name);
    const index = ['--index-url', `${server.url}simple/`, '--only-binary', ':all:'];
    if (installer === 'pip')
      await runSuccessfully(python, ['-m', 'pip', 'install', '--pre', ...index, ...names]);
    else {
      const flags = ['--prerelease', 'allow', '--python', python];
      await runSuccessfully(peer('uv'), ['pip', 'install', ...flags, ...index, ...names]);
    }
    await runSuccessfully(python, ['-c', program.record, ...names]);
    await runSuccessfully(python, ['-m', 'pip', 'check']);
    const { stdout } = await runSuccessfully(python, ['-m', 'pip', 'freeze']);
    expect(stdout.trim().split('\n')).toHaveLength(projects.length);
    for (const line of stdout.trim().split('\n')) expect(line).toContain(`+${stamps[1]}`);
  });
});

it('leaves what was built as it was', async () => {
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  for (const name of built) {
    const bytes = await readFile(join(dist, name));
    expect(digest(bytes)).not.toBe(digest(stored.get(stampedName(name, stamps[0]))!));
    expect((await entriesOf(join(dist, name))).length).toBeGreaterThan(3);
  }
});

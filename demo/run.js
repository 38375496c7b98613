// The whole journey of a release on one machine, without an account: two CI workers upload to two wheelhouses,
// a release manager fetches one version from both and publishes it. Every step is checked; a broken promise is
// exit status 1. `npm run demo -- --serve` leaves the servers on.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDistributionFilename, parseListing } from 'wheelhouse-uploader';
import { makeSdist, makeWheel } from './distributions.js';
import { serveFolder } from './file-server.js';
import { startRegistry } from './registry.js';

const project = 'demo-project';
const version = '1.0.0';
const account = { username: 'release-manager', password: 'demo-password' };
const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(here, 'out');
const executable = join(root, 'bin', 'wheelhouse-uploader.js');
const shown = (path) => relative(root, path).replaceAll('\\', '/');

const serve = process.argv.includes('--serve');
const servers = [];

try {
  await demonstrate();
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (!serve || process.exitCode === 1) for (const server of servers) await server.close();
}

async function demonstrate() {
  rmSync(out, { recursive: true, force: true });

  title('Two CI workers have built their part of the release');
  const linux = makeWorker('linux', [
    makeWheel(project, '0.9.0', 'manylinux_2_17_x86_64'),
    makeWheel(project, version, 'manylinux_2_17_x86_64'),
    makeWheel(project, version, 'manylinux_2_17_aarch64'),
    makeSdist(project, version),
  ]);
  const desktop = makeWorker('desktop', [
    makeWheel(project, '0.9.0', 'win_amd64'),
    makeWheel(project, version, 'win_amd64'),
    makeWheel(project, version, 'macosx_11_0_arm64'),
  ]);
  const workers = [linux, desktop];
  for (const { dist } of workers) console.log(`  ${shown(dist)}: ${readdirSync(dist).join(', ')}`);

  title(
    'Both upload at the same time, each to its own wheelhouse (a folder here; s3:// and others in real life)',
  );
  await Promise.all(workers.map(({ dist, wheelhouse }) => run('upload', wheelhouse, '--local-folder', dist)));
  for (const { wheelhouse, files } of workers) {
    const listed = digestsOnPage(readFileSync(join(wheelhouse, 'index.html'), 'utf8'));
    promise(
      same(listed, digestsOf(files)),
      `${shown(wheelhouse)} lists ${files.length} files, each with its sha256`,
    );
  }

  title('A second run of a worker finds nothing to send');
  const again = await run('upload', linux.wheelhouse, '--local-folder', linux.dist);
  promise(again.stderr.includes(`${linux.files.length} unchanged`), 'everything was there already');

  title(`The release manager fetches ${version} from both wheelhouses, over HTTP`);
  const hosts = await Promise.all(workers.map(({ wheelhouse }) => started(serveFolder(wheelhouse))));
  const dist = join(out, 'dist');
  const indexes = hosts.map(({ url }) => url);
  await run('fetch', project, ...indexes, '--version', version, '--local-folder', dist);
  const release = workers.flatMap(({ files }) => files).filter(({ filename }) => isRelease(filename));
  promise(
    same(digestsInFolder(dist), digestsOf(release)),
    `${shown(dist)} holds the ${release.length} files of ${version}`,
  );

  const registry = await started(startRegistry(account));
  const publish = ['publish', '--local-folder', dist, '--repository-url', registry.url];
  const login = ['--username', account.username];

  title('A wrong password ends at once, sends nothing and is never shown');
  const wrong = { environment: { TWINE_PASSWORD: 'guessed' }, status: 1 };
  const refused = await run(wrong, ...publish, ...login);
  const leaked = `${refused.stdout}${refused.stderr}`.includes('guessed');
  promise(registry.files.size === 0 && !leaked, 'exit status 1, and the registry is empty');

  title('With the right one the release is published: to a registry that speaks the upload API of PyPI');
  const right = { environment: { TWINE_PASSWORD: account.password } };
  await run(right, ...publish, ...login);
  const simple = `${registry.url}simple/${project}/`;
  const page = await (await fetch(simple)).text();
  promise(
    same(digestsOnPage(page, simple), digestsOf(release)),
    `${simple} lists all of them, with the right digests`,
  );

  title('Published twice is published once');
  await run(right, ...publish, ...login);
  promise(registry.files.size === release.length, 'the registry was left as it was');

  tellWhereToLook({ workers, hosts, registry, dist });
}

function makeWorker(name, files) {
  const dist = join(out, `worker-${name}`, 'dist');
  mkdirSync(dist, { recursive: true });
  for (const { filename, bytes } of files) writeFileSync(join(dist, filename), bytes);
  return { dist, files, wheelhouse: join(out, `wheelhouse-${name}`) };
}

/** Runs the executable as a shell would, prints the command and what it wrote, and checks its exit status. */
async function run(...args) {
  const { environment = {}, status: expected = 0 } = typeof args[0] === 'object' ? args.shift() : {};
  const typed = args.map((argument) => (argument.startsWith(out) ? `./${shown(argument)}` : argument));
  const prefix = Object.keys(environment).map((name) => `${name}=… `);
  // Only what Node needs: a CI service's variables would make this a pull request build, which uploads nothing.
  const { PATH, SystemRoot, TEMP } = process.env;
  const env = { PATH, HOME: out, NO_PROXY: '127.0.0.1', ...environment };
  if (SystemRoot !== undefined) Object.assign(env, { SystemRoot, TEMP, USERPROFILE: out });
  const child = spawn(process.execPath, [executable, ...typed], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => ((stdout += text), (output += text)));
  child.stderr.setEncoding('utf8').on('data', (text) => ((stderr += text), (output += text)));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  console.log(`\n  $ ${prefix.join('')}wheelhouse-uploader ${typed.join(' ')}`);
  for (const line of output.trimEnd().split('\n')) console.log(`    ${line}`);
  if (status !== expected) throw new Error(`exit status ${status} where ${expected} was promised`);
  return { stdout, stderr };
}

async function started(starting) {
  const server = await starting;
  servers.push(server);
  return server;
}

function isRelease(filename) {
  const parsed = parseDistributionFilename(filename);
  return parsed.ok && parsed.value.version === version;
}

function sha256Of(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function digestsOf(files) {
  return new Map(files.map(({ filename, bytes }) => [filename, sha256Of(bytes)]));
}

function digestsInFolder(folder) {
  const names = readdirSync(folder);
  return new Map(names.map((filename) => [filename, sha256Of(readFileSync(join(folder, filename)))]));
}

function digestsOnPage(html, url = 'http://localhost/') {
  const { links } = parseListing(html, { url, contentType: 'text/html' });
  return new Map(links.map(({ filename, hashes }) => [filename, hashes.sha256]));
}

function same(one, other) {
  return one.size === other.size && [...one].every(([filename, sha256]) => other.get(filename) === sha256);
}

function title(text) {
  console.log(`\n${text}`);
}

function promise(kept, claim) {
  if (!kept) throw new Error(`not as promised: ${claim}`);
  console.log(`  ✓ ${claim}`);
}

function tellWhereToLook({ workers, hosts, registry, dist }) {
  title('All as promised. Where to look:');
  for (const { wheelhouse } of workers)
    console.log(`  ${shown(join(wheelhouse, 'index.html'))}  (open it in a browser)`);
  console.log(`  ${shown(dist)}  (what was fetched)`);
  if (!serve)
    return console.log(
      '\n  npm run demo -- --serve leaves the servers on, so that pip can install from them.',
    );
  for (const { url } of hosts) console.log(`  ${url}  (a wheelhouse)`);
  console.log(`  ${registry.url}simple/  (the registry)`);
  console.log(`\n  pip install --index-url ${registry.url}simple/ ${project}`);
  console.log(`  pip install --no-index --find-links ${hosts[0].url} ${project}`);
  console.log(`  uv pip install --index-url ${hosts[0].url}simple/ ${project}`);
  console.log('\n  Ctrl-C ends the servers.');
}

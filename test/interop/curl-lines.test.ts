import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, sha256Of } from '../make-distribution.ts';
import { startBuildkiteLegacyServer } from '../servers/buildkite-legacy-server.ts';
import { startBuildkiteServer } from '../servers/buildkite-server.ts';
import { runBinForSummary, runSuccessfully } from './commands.ts';

// Proof: our servers take the curl lines of Buildkite's documentation as they stand there, and `publish` sends what
// curl sends. Only the host is another one; placeholders are filled in as the pages say.

const made = await makeSdist({ project: 'my-python-package', version: '0.9.7b1' });
const filename = 'my-python-package-0.9.7b1.tar.gz';
const token = 'bkua_0123456789abcdef';

const filled: readonly (readonly [placeholder: string, value: string])[] = [
  ['{org.slug}', 'my-organization'],
  ['{registry.slug}', 'my-python-packages'],
  ['{python.package.repository.name}', 'my-python-packages'],
  ['<path_to_file>', `dist/${filename}`],
  ['path/to/python/package.tar.gz', `path/to/python/${filename}`],
];

/** A folder in which the file is wherever a line looks for it. */
async function folderFor(line: string) {
  const folder = await makeFolder();
  const path = /=@([^"]+)"/.exec(line)?.[1] ?? filename;
  await mkdir(join(folder.path, dirname(path)), { recursive: true });
  await writeFile(join(folder.path, path), made.bytes);
  return { ...folder, sent: path.slice(path.lastIndexOf('/') + 1) };
}

/** Runs a line in a session of its own, so that curl has no terminal to ask for a password on. */
async function runLine(line: string, host: string, url: string, cwd: string, env: Record<string, string>) {
  const local = line.replace(host, url);
  const { stdout } = await runSuccessfully('setsid', ['--wait', 'sh', '-c', local], { cwd, env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('a curl line of Buildkite Package Registries', () => {
  it.each([
    [
      'the first page, the form',
      `curl -X POST https://api.buildkite.com/v2/packages/organizations/{org.slug}/registries/{registry.slug}/packages \\
  -H "Authorization: Bearer $REGISTRY_WRITE_TOKEN" \\
  -F "file=@<path_to_file>"`,
    ],
    [
      'the second page, the form',
      `curl -X POST https://api.buildkite.com/v2/packages/organizations/{org.slug}/registries/{registry.slug}/packages \\
  -H "Authorization: Bearer $REGISTRY_WRITE_TOKEN" \\
  -F "file=@path/to/python/package.tar.gz"`,
    ],
    [
      'both pages, the example',
      `curl -X POST https://api.buildkite.com/v2/packages/organizations/my-organization/registries/my-python-packages/packages \\
  -H "Authorization: Bearer $REPLACE_WITH_YOUR_REGISTRY_WRITE_TOKEN" \\
  -F "file=@my-python-package-0.9.7b1.tar.gz"`,
    ],
  ])('is taken as it stands: %s', async (_, written) => {
    const line = filled.reduce((text, [placeholder, value]) => text.replace(placeholder, value), written);
    await using folder = await folderFor(line);
    await using server = await startBuildkiteServer({ token });
    const env = { REGISTRY_WRITE_TOKEN: token, REPLACE_WITH_YOUR_REGISTRY_WRITE_TOKEN: token };
    const answer = await runLine(line, 'https://api.buildkite.com/', server.url, folder.path, env);
    expect(answer).toMatchObject({ digests: { sha256: sha256Of(made.bytes) } });
    expect(server.files).toMatchObject([{ filename: folder.sent, sha256: sha256Of(made.bytes) }]);
  });

  it('sends what publish sends in its stead', async () => {
    await using server = await startBuildkiteServer({ token });
    await using folder = await makeFolder();
    await mkdir(join(folder.path, 'dist'));
    await writeFile(join(folder.path, 'dist', filename), made.bytes);
    const env = { REGISTRY_WRITE_TOKEN: token, WHEELHOUSE_UPLOADER_BUILDKITE_URL: server.url };
    const curl = `curl -X POST ${server.url}v2/packages/organizations/my-organization/registries/my-python-packages/packages -H "Authorization: Bearer $REGISTRY_WRITE_TOKEN" -F "file=@dist/${filename}"`;
    await runSuccessfully('sh', ['-c', curl], { cwd: folder.path, env });
    server.files.length = 0;
    const to = ['publish', '--buildkite', 'my-organization/my-python-packages'];
    const { summary, stderr } = await runBinForSummary(to, { cwd: folder.path, env });
    expect(summary, stderr).toMatchObject({ ok: true, counts: { published: 1 } });
    const [ofCurl, ours, ...more] = server.requests.filter(({ kind }) => kind === 'upload');
    expect(more).toEqual([]);
    expect(ours?.authorization).toBe(ofCurl?.authorization);
    expect(ours?.parts.map(({ name, content, ...part }) => [name, part.filename, sha256Of(content)])).toEqual(
      ofCurl?.parts.map(({ name, content, ...part }) => [name, part.filename, sha256Of(content)]),
    );
  });
});

describe('a curl line of Buildkite Packages', () => {
  const credentials = 'replace-with-my-python-package-repository-credentials';
  const example = `curl -X POST https://buildkitepackages.com/api/v1/repos/my-organization/my-python-packages/packages.json \\
  -u "replace-with-my-python-package-repository-credentials" \\
  -F "package[package_file]=@my-python-package-0.9.7b1.tar.gz"`;

  it.each([
    [
      'the form',
      `curl -X POST https://buildkitepackages.com/api/v1/repos/{org.slug}/{python.package.repository.name}/packages.json \\
  -u "python-package-repository-credentials" \\
  -F "package[package_file]=@<path_to_file>"`,
      'python-package-repository-credentials',
    ],
    ['the example', example, credentials],
  ])('is taken as it stands: %s', async (_, written, user) => {
    const line = filled.reduce((text, [placeholder, value]) => text.replace(placeholder, value), written);
    await using folder = await folderFor(line);
    await using server = await startBuildkiteLegacyServer({ credentials: `${user}:` });
    await runLine(line, 'https://buildkitepackages.com/', server.url, folder.path, {});
    expect(server.files).toMatchObject([{ filename: folder.sent, sha256: sha256Of(made.bytes) }]);
  });

  it('sends what publish sends in its stead', async () => {
    await using server = await startBuildkiteLegacyServer({ credentials: `${credentials}:` });
    await using folder = await makeFolder();
    await mkdir(join(folder.path, 'dist'));
    await writeFile(join(folder.path, 'dist', filename), made.bytes);
    const to = [
      'publish',
      '--buildkite-legacy',
      'my-organization/my-python-packages',
      '--token',
      credentials,
    ];
    const { summary, stderr } = await runBinForSummary(to, {
      cwd: folder.path,
      env: { WHEELHOUSE_UPLOADER_BUILDKITE_URL: server.url },
    });
    expect(summary, stderr).toMatchObject({ ok: true, counts: { published: 1 } });
    expect(server.files).toMatchObject([{ filename, sha256: sha256Of(made.bytes) }]);
  });
});

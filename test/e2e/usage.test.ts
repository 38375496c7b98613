import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

describe('the command line', () => {
  it('says its version', async () => {
    const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    const run = await runBin(['--version']);
    expect(run).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it('helps on stdout with exit 0, for itself and for each command', async () => {
    for (const args of [
      ['--help'],
      ['upload', '--help'],
      ['fetch', '-h'],
      ['publish', '--help'],
      ['inspect', '--help'],
    ]) {
      const run = await runBin(args);
      expect(run.code).toBe(0);
      expect(run.stdout).toMatch(/^Usage: wheelhouse-uploader/);
      expect(run.stderr).toBe('');
    }
  });

  it('knows publish by the original name too', async () => {
    const run = await runBin(['upload-all', '--help']);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('publish|upload-all');
  });

  it.each<[string, string[], RegExp]>([
    [
      'files, as twine takes them',
      ['publish', 'dist/a.whl', 'dist/b.whl'],
      /too many arguments[^]*hint: files are given by their folder, --local-folder/,
    ],
    ['files to upload', ['upload', './x', 'dist/a.whl'], /hint: files are given by their folder/],
    [
      'a registry for upload',
      ['upload', '-r', 'testpypi'],
      /unknown option '-r'\nhint: .*wheelhouse publish/,
    ],
    [
      'an index as pip takes it',
      ['fetch', 'x', '--index-url', 'https://x.example/'],
      /hint: .*fetch PROJECT INDEX/,
    ],
    ['a mirror without --to', ['mirror', './x', './y'], /hint: wheelhouse mirror INDEX… --to CONTAINER/],
    ['an option before its command', ['--quiet', 'upload', './x'], /hint: options go behind the command/],
    ['no such short option', ['upload', './x', '-zhunter2'], /unknown option '-z…'/],
    ['no such command', ['uplaod', './x'], /unknown command 'uplaod'/],
    ['no such option', ['upload', './x', '--frobnicate'], /unknown option '--frobnicate'/],
    [
      'a number that is none',
      ['upload', './x', '--max-workers', 'many'],
      /--max-workers.*whole number from 1 to 64/,
    ],
    ['no workers', ['upload', './x', '--max-workers', '0'], /whole number from 1 to 64/],
    ['no such choice', ['upload', './x', '--on-conflict', 'maybe'], /error, overwrite, skip/],
    [
      'a Python that is none',
      ['fetch', 'tinyproject', './x', '--python', '3.12.1'],
      /--python.*3\.12\.1.*tag of a Python/,
    ],
    ['no container', ['upload'], /no container given/],
    [
      'a requirement, as pip takes them',
      ['fetch', 'tinyproject==1.0', 'https://wheels.example.org/'],
      /tinyproject==1\.0 is no name[^]*hint: give tinyproject, and its version with --version/,
    ],
    [
      'an index without a project',
      ['fetch', 'https://me:hunter2@wheels.example.org/', '--version', '1.0'],
      /^error: a URL is no name of a project\nhint: the project's name comes first/,
    ],
    ['no index', ['fetch', 'tinyproject'], /no index given/],
    [
      'two registries',
      ['publish', '--gitlab', 'gitlab.example/7', '--repository', 'testpypi'],
      /'--gitlab <host\/project>' cannot be used with option '-r, --repository <name>'/,
    ],
    ['a GitLab project without a host', ['publish', '--gitlab', 'project'], /HOST\/PROJECT/],
    ['no file', ['inspect'], /missing required argument/],
    [
      "half of an index's login, with the container's beside it",
      ['mirror', './x', '--to', './y', '--username', 'me', '--index-secret', 'pw'],
      /--index-secret was given without --index-username/,
    ],
    ['a scheme that is none', ['upload', 'gopher://x'], /gopher/],
    ['a web page as container', ['upload', 'https://wheels.example.org/'], /https:\/\/wheels\.example\.org/],
  ])('answers wrong usage with exit 2 and what to do: %s', async (_, args, said) => {
    await using folder = await makeFolder();
    const run = await runBin(args, { cwd: folder.path });
    expect(run.stderr).toMatch(said);
    expect(run.stderr).toMatch(/hint:/);
    expect(run.stderr).not.toMatch(/^\s+at /m);
    expect(run.stdout).toBe('');
    expect(run.code).toBe(2);
  });

  it('ends wrong usage with a summary under --json', async () => {
    const run = await runBin(['upload', './x', '--max-workers', 'many', '--json']);
    expect(run.code).toBe(2);
    expect(run.summary()).toMatchObject({
      command: 'upload',
      ok: false,
      exitCode: 2,
      schemaVersion: 1,
      artifacts: [],
    });
    expect(run.events()[0]).toMatchObject({ event: 'error', code: 'USAGE' });
  });

  it.each([
    ['upload-all', 'publish'],
    ['publish --project fetch', 'publish'],
    ['fetch upload', 'fetch'],
  ])('calls the command of %s by its name in the summary: %s', async (typed, command) => {
    const run = await runBin([...typed.split(' '), '--json', '--frobnicate']);
    expect(run.summary()).toMatchObject({ command, exitCode: 2 });
  });

  it('names the missing folder, and how to make it', async () => {
    await using folder = await makeFolder();
    const run = await runBin(['upload', './wheelhouse', '--local-folder', 'nowhere'], { cwd: folder.path });
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/nowhere/);
    expect(run.stderr).toMatch(/hint:/);
    await expect(readFile(join(folder.path, 'wheelhouse', 'index.html'))).rejects.toThrow('ENOENT');
  });
});

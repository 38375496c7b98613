import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { listedCommands } from '../../src/cli/command-list.ts';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { startPypiServer } from '../servers/pypi-server.ts';
import { serveFolder } from '../servers/static-server.ts';
import { runBin } from './run-bin.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  'README.md',
  ...(await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];

/** The blocks of a page that say ` ```sh run `, in their order. */
async function readExamples(page: string): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```sh run\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** A checkout with a built release, `wheelhouse` on the path, and a `python` that has nothing left to build. */
async function openSandbox() {
  const folder = await makeFolder();
  await mkdir(join(folder.path, 'bin'));
  await mkdir(join(folder.path, 'dist'));
  const release = [
    makeWheel({ project: 'tinyproject', version: '1.0' }),
    await makeSdist({ project: 'tinyproject', version: '1.0' }),
  ];
  for (const { filename, bytes } of release) await writeFile(join(folder.path, 'dist', filename), bytes);
  const program = join(root, 'bin', 'wheelhouse-uploader.js');
  const shims = { wheelhouse: `exec "${process.execPath}" "${program}" "$@"`, python: 'exit 0' };
  for (const [name, line] of Object.entries(shims)) {
    await writeFile(join(folder.path, 'bin', name), `#!/bin/sh\n${line}\n`);
    await chmod(join(folder.path, 'bin', name), 0o755);
  }
  return folder;
}

describe.each(pages)('%s', (page) => {
  it('has examples that work as they stand', async () => {
    const examples = await readExamples(page);
    await using folder = await openSandbox();
    await mkdir(join(folder.path, 'wheelhouse'));
    await using registry = await startPypiServer({ user: ['me', 'sesame-sesame'], mode: 'pypiserver' });
    await using web = await serveFolder(join(folder.path, 'wheelhouse'));
    for (const example of examples) {
      const script = example
        .replaceAll('https://registry.example.org/', registry.uploadUrl)
        .replaceAll(/https:\/\/(?:wheels|linux|windows)\.example\.org\//g, web.url);
      const env = {
        PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: folder.path,
        PASSWORD: 'sesame-sesame',
        NO_PROXY: '127.0.0.1',
      };
      const { stdout, stderr } = await run('sh', ['-ec', script], { cwd: folder.path, env });
      expect(stdout + stderr).not.toMatch(/error:|sesame/);
    }
  });
});

/** The options of every command, as its help lists them. */
async function readFlags(): Promise<Map<string, Set<string>>> {
  const commands = listedCommands.map(({ synopsis }) => synopsis.split(' ', 1)[0] ?? '');
  const helps = await Promise.all(commands.map((command) => runBin([command, '--help'])));
  return new Map(
    helps.map(({ stdout }, i) => {
      const listed = stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm);
      return [commands[i] ?? '', new Set([...listed].map(([, flag = '']) => flag))];
    }),
  );
}

describe('options', () => {
  it('are each told somewhere', async () => {
    const text = (await Promise.all(pages.map((page) => readFile(join(root, page), 'utf8')))).join('\n');
    const told = new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag));
    const flags = [...(await readFlags()).values()].flatMap((each) => [...each]);
    expect(flags.filter((flag) => !told.has(flag) && flag !== '--help')).toEqual([]);
  });

  it('of examples are those of their command', async () => {
    const flags = await readFlags();
    const unknown: string[] = [];
    for (const page of pages) {
      const text = (await readFile(join(root, page), 'utf8')).replaceAll('\\\n', ' ');
      const lines = text.matchAll(/(?:wheelhouse|npx wheelhouse-uploader) ([a-z-]+)( [^\n`#]*)?/g);
      for (const [, command = '', rest = ''] of lines)
        for (const [flag] of rest.matchAll(/(?<!\S)--[a-z][a-z-]*/g))
          if (flags.get(command)?.has(flag) === false) unknown.push(`${page}: ${command} ${flag}`);
    }
    expect(unknown).toEqual([]);
  });
});

it('the variables of our own are each told somewhere', async () => {
  const text = (await Promise.all(pages.map((page) => readFile(join(root, page), 'utf8')))).join('\n');
  const sources = (await readdir(join(root, 'src'), { recursive: true })).filter((name) =>
    name.endsWith('.ts'),
  );
  const code = (await Promise.all(sources.map((name) => readFile(join(root, 'src', name), 'utf8')))).join(
    '\n',
  );
  const read = new Set([...code.matchAll(/'(WHEELHOUSE_UPLOADER_[A-Z_]+)'/g)].map(([, name = '']) => name));
  expect(read.size).toBeGreaterThan(5);
  expect([...read].filter((name) => !text.includes(name))).toEqual([]);
});

it.each(pages)('the links of %s within the project lead somewhere', async (page) => {
  const text = await readFile(join(root, page), 'utf8');
  for (const [, target = '', anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
    const linked = await readFile(target === '' ? join(root, page) : join(root, page, '..', target), 'utf8');
    const headings = [...linked.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    if (anchor !== undefined) expect(headings).toContain(anchor);
  }
});

it('the documents have examples that run', async () => {
  const counts = await Promise.all(pages.map(async (page) => (await readExamples(page)).length));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10);
});

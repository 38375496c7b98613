import { describe, expect, it } from 'vitest';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

const wheel = makeWheel({
  project: 'tinyproject',
  version: '1.0+local',
  headers: ['Summary: A tiny project', 'Requires-Dist: numpy>=1.26', 'Requires-Dist: \u001b[2Jevil'],
});

describe('inspect', () => {
  it('says everything about a wheel, on stdout', async () => {
    await using folder = await makeFolder([wheel]);
    const run = await runBin(
      ['inspect', wheel.filename, '--contents', '--index-url', 'https://me:pw@wheels.example.org/simple/'],
      {
        cwd: folder.path,
      },
    );
    expect(run.code).toBe(0);
    for (const said of [
      wheel.sha256,
      'numpy>=1.26',
      'tinyproject/__init__.py',
      'https://wheels.example.org/simple/',
      'has a local part',
    ])
      expect(run.stdout).toContain(said);
    expect(run.stdout).not.toContain('me:pw@');
    expect(run.stdout).not.toContain('\u001b[2J');
  });

  it('gives it as JSON', async () => {
    await using folder = await makeFolder([wheel]);
    const run = await runBin(['inspect', wheel.filename, '--index-url', '', '--json'], { cwd: folder.path });
    expect(run.events().find(({ event }) => event === 'details')).toMatchObject({
      name: 'tinyproject',
      version: '1.0+local',
      kind: 'wheel',
      hashes: { sha256: wheel.sha256 },
      metadata: { summary: 'A tiny project' },
      install: { pip: ['pip install tinyproject==1.0+local'], pipConf: '' },
    });
    expect(run.summary()).toMatchObject({ command: 'inspect', ok: true, counts: { inspected: 1 } });
  });

  it('finds the files of a pattern that the shell has left as it is, as on Windows', async () => {
    const other = makeWheel({ project: 'tinyproject', version: '2.0' });
    await using folder = await makeFolder([wheel, other]);
    const run = await runBin(['inspect', '*-2.*.whl', 'none-*.whl', '--json'], { cwd: folder.path });
    expect(run.summary()).toMatchObject({
      artifacts: [
        { filename: 'none-*.whl', outcome: 'failed' },
        { filename: other.filename, outcome: 'inspected' },
      ],
    });
  });

  it('goes on after a bad file, and fails', async () => {
    await using folder = await makeFolder([{ filename: 'bad-1.0-py3-none-any.whl', bytes: 'no zip' }, wheel]);
    const run = await runBin(
      ['inspect', 'bad-1.0-py3-none-any.whl', wheel.filename, 'missing-1.0.tar.gz', '--json'],
      { cwd: folder.path },
    );
    expect(run.code).toBe(1);
    expect(run.summary()).toMatchObject({ ok: false, counts: { inspected: 1, failed: 2 } });
  });
});

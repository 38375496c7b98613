import { describe, expect, it } from 'vitest';
import { installLines, type InstallOptions } from '../../src/listing/install-lines.ts';

const index = 'https://host.example/simple/';
const flat = 'https://host.example/index.html';

describe('installLines', () => {
  it('from PyPI when nothing is said', () => {
    expect(installLines({ project: 'demo', version: '1.0' })).toEqual({
      pip: ['pip install demo==1.0'],
      uv: ['uv pip install demo==1.0'],
      pipConf: '',
      requirements: 'demo==1.0\n',
    });
  });

  it('from an index', () => {
    expect(installLines({ indexUrl: index, project: 'demo', version: '1.0+cu12' })).toEqual({
      pip: [`pip install --index-url ${index} demo==1.0+cu12`],
      uv: [`uv pip install --index-url ${index} demo==1.0+cu12`],
      pipConf: `[global]\nindex-url = ${index}\n`,
      requirements: `--index-url ${index}\ndemo==1.0+cu12\n`,
    });
  });

  it('from a flat page', () => {
    expect(installLines({ flatUrl: flat, project: 'demo' })).toEqual({
      pip: [`pip install --find-links ${flat} demo`],
      uv: [`uv pip install --find-links ${flat} demo`],
      pipConf: `[global]\nfind-links = ${flat}\n`,
      requirements: `--find-links ${flat}\ndemo\n`,
    });
  });

  it('from both, the index first', () => {
    const lines = installLines({ indexUrl: index, flatUrl: flat, project: 'demo' });
    expect(lines.pip).toEqual([
      `pip install --index-url ${index} demo`,
      `pip install --find-links ${flat} demo`,
    ]);
    expect(lines.uv).toEqual([
      `uv pip install --index-url ${index} demo`,
      `uv pip install --find-links ${flat} demo`,
    ]);
    expect(lines.pipConf).toBe(`[global]\nindex-url = ${index}\n`);
  });

  it('with pre-releases', () => {
    expect(installLines({ indexUrl: index, project: 'demo', pre: true })).toEqual({
      pip: [`pip install --pre --index-url ${index} demo`],
      uv: [`uv pip install --prerelease allow --index-url ${index} demo`],
      pipConf: `[global]\nindex-url = ${index}\npre = true\n`,
      requirements: `--index-url ${index}\n--pre\ndemo\n`,
    });
  });

  it('for plain HTTP, which a file of pip needs leave for too', () => {
    expect(installLines({ indexUrl: 'http://host.example:8080/x' }).pipConf).toBe(
      '[global]\nindex-url = http://host.example:8080/x\ntrusted-host = host.example:8080\n',
    );
  });

  it.each<[string, InstallOptions, string]>([
    ['no project', { indexUrl: index }, `pip install --index-url ${index}`],
    [
      'plain HTTP',
      { indexUrl: 'http://host.example:8080/x' },
      'pip install --index-url http://host.example:8080/x --trusted-host host.example:8080',
    ],
    [
      'plain HTTP at home',
      { indexUrl: 'http://localhost:8080/x' },
      'pip install --index-url http://localhost:8080/x',
    ],
    [
      'plain HTTP at home, by number',
      { indexUrl: 'http://[::1]:8080/x' },
      'pip install --index-url http://[::1]:8080/x',
    ],
    [
      'plain HTTP at home, by an older number',
      { indexUrl: 'http://127.0.0.1:8080/x' },
      'pip install --index-url http://127.0.0.1:8080/x',
    ],
    [
      'user info',
      { indexUrl: 'https://user:s3cret@host.example/x' },
      'pip install --index-url https://host.example/x',
    ],
    [
      'a token',
      { flatUrl: 'https://host.example/x?sig=s3cret' },
      "pip install --find-links 'https://host.example/x?sig=***'",
    ],
    ['a folder', { flatUrl: './wheel house' }, "pip install --find-links './wheel house'"],
    ['a folder on Windows', { flatUrl: 'C:\\wheels' }, "pip install --find-links 'C:\\wheels'"],
    ['what a shell would read', { flatUrl: '$(x)`y`;\'z"' }, `pip install --find-links '$(x)\`y\`;'\\''z"'`],
    ['a project that a shell would read', { project: 'a;b' }, "pip install 'a;b'"],
    ['extras', { project: 'demo[all]' }, 'pip install demo[all]'],
    ['an epoch', { project: 'demo', version: '1!2.0' }, "pip install 'demo==1!2.0'"],
  ])('%s', (_, options, line) => {
    expect(installLines(options).pip).toEqual([line]);
    expect(JSON.stringify(installLines(options))).not.toContain('s3cret');
  });
});

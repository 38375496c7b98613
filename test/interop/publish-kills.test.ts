import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { findFreePort, startServer } from './background.ts';
import { peer } from './commands.ts';
import { expectToSurviveKills } from './kills.ts';
import { startDevpi } from './servers/devpi.ts';

// Proof: a publication that is killed at any moment is completed by the same command, and nothing is there twice.

describe('a publication that is killed twenty times', () => {
  it('is whole in the end on pypiserver', async () => {
    const packages = await mkdtemp(join(tmpdir(), 'wheelhouse-kills-'));
    const port = String(await findFreePort());
    const open = ['-P', '.', '-a', '.', '--disable-fallback', packages];
    const args = ['run', '--interface', '127.0.0.1', '--port', port, ...open];
    await using server = await startServer(peer('pypi-server'), args, `http://127.0.0.1:${port}/`);
    await expectToSurviveKills(['--repository-url', server.url], `${server.url}simple/`, {});
    await rm(packages, { recursive: true, force: true });
  });

  it('is whole in the end on devpi', async () => {
    await using devpi = await startDevpi();
    const url = await devpi.addIndex('dev');
    const where = ['--repository-url', url, '--username', devpi.username];
    await expectToSurviveKills(where, `${url}+simple/`, { TWINE_PASSWORD: devpi.password });
  });
});

// Publish to a registry that answers after 50 ms, against twine. Ours also verifies every digest afterwards.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { makeWheel } from '../../demo/distributions.js';
import { startRegistry } from '../../demo/registry.js';
import { measure, timeOurs, timeCommand } from '../measure.js';

const account = { username: 'someone', password: 'anything' };
const delayMs = 50;

export async function measurePublish({ folder, quick, peers }) {
  const count = quick ? 10 : 100;
  const dist = join(folder, 'dist');
  mkdirSync(dist, { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const platform = `manylinux_2_${17 + number}_x86_64`;
    const { filename, bytes } = makeWheel('bench-publish', '1.0', platform, randomBytes(50_000));
    writeFileSync(join(dist, filename), bytes);
  }
  const files = readdirSync(dist).map((filename) => join(dist, filename));

  const toFreshRegistry = async (send) => {
    const registry = await startRegistry({ ...account, delayMs });
    try {
      const elapsedMs = await send(registry.url);
      if (registry.files.size !== count) throw new Error(`${registry.files.size} of ${count} wheels arrived`);
      return elapsedMs;
    } finally {
      await registry.close();
    }
  };
  const login = ['--username', account.username, '--password', account.password];
  const contenders = {
    ours: () =>
      toFreshRegistry((url) =>
        timeOurs(['publish', '--repository-url', url, '--local-folder', dist, ...login]),
      ),
  };
  if (peers.twine !== undefined) {
    const quiet = ['--non-interactive', '--disable-progress-bar'];
    contenders.twine = () =>
      toFreshRegistry((url) =>
        timeCommand(peers.twine, ['upload', '--repository-url', url, ...quiet, ...login, ...files]),
      );
  }
  const times = await measure(contenders, quick ? 1 : 5);
  return [{ what: `publish of ${count} wheels, ${delayMs} ms away`, times }];
}

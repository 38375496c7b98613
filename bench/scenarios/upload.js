// Upload to a folder, against the Python original with libcloud's LOCAL provider.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWheel } from '../../demo/distributions.js';
import { measure, timeOurs, timeCommand } from '../measure.js';

export async function measureUpload({ folder, quick, peers }) {
  const count = quick ? 40 : 400;
  const stock = quick ? 1_000 : 10_000;
  const rounds = quick ? 1 : 5;
  const dist = join(folder, 'dist');
  writeWheels(dist, count);
  const whole = contend(peers, (name) => {
    const container = join(folder, name, 'wheelhouse');
    rmSync(container, { recursive: true, force: true });
    mkdirSync(container, { recursive: true });
    return { container, dist };
  });
  const rows = [{ what: `upload of ${count} wheels`, times: await measure(whole, rounds) }];
  for (const projects of [100, 1]) {
    const stocked = `stocked-${projects}`;
    await stockContainers({ folder, peers, stocked, count: stock, projects });
    const increment = contend(peers, (name, round) => {
      const one = join(folder, `${stocked}-new-${round}`);
      writeWheels(one, 1, { prefix: `2.${round}` });
      return { container: join(folder, name, stocked), dist: one };
    });
    const what = `upload of 1 wheel into ${stock.toLocaleString('en')} of ${projects} project${projects === 1 ? '' : 's'}`;
    rows.push({ what, times: await measure(increment, rounds) });
  }
  return rows;
}

/** One contender for us and one for the original; `prepare` gives the container and the folder to upload. */
function contend(peers, prepare) {
  const contenders = {
    ours: (round) => {
      const { container, dist } = prepare('ours', round);
      return timeOurs(['upload', container, '--local-folder', dist]);
    },
  };
  if (peers.original === undefined) return contenders;
  return {
    ...contenders,
    original: (round) => {
      const { container, dist } = prepare('original', round);
      const [name, root] = [container.split('/').at(-1), join(container, '..')];
      const account = ['--provider-name', 'LOCAL', '--username', root, '--secret', 'unused'];
      const upload = ['-m', 'wheelhouse_uploader', 'upload', name, '--local-folder', dist];
      return timeCommand(peers.original, [...upload, ...account]);
    },
  };
}

/** Writes so many wheels of so many projects, and gives what the original keeps in `metadata.json` for them. */
function writeWheels(folder, count, { prefix = '1', projects = 1 } = {}) {
  mkdirSync(folder, { recursive: true });
  const digests = {};
  for (let number = 0; number < count; number += 1) {
    const { filename, bytes } = makeWheel(`bench-upload${number % projects}`, `${prefix}.${number}`, 'any');
    writeFileSync(join(folder, filename), bytes);
    digests[filename] = { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
  }
  return digests;
}

/** The same wheels in both containers, as an upload of each would have left them; not timed. */
async function stockContainers({ folder, peers, stocked, count, projects }) {
  const wheels = join(folder, `${stocked}-dist`);
  const digests = writeWheels(wheels, count, { projects });
  await timeOurs(['upload', join(folder, 'ours', stocked), '--local-folder', wheels]);
  if (peers.original === undefined) return;
  // The original lists the whole container after each file, which takes it hours for so many.
  const container = join(folder, 'original', stocked);
  cpSync(wheels, container, { recursive: true });
  writeFileSync(join(container, 'metadata.json'), JSON.stringify(digests));
}

// Looking after a wheelhouse: `index` beside itself at other sizes, and a mirror with nothing new beside reading its pages.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWheel } from '../../demo/distributions.js';
import { serveFolder } from '../../demo/file-server.js';
import { measure, timeOurs } from '../measure.js';

const projects = 100;

export async function measureUpkeep({ folder, quick }) {
  const sizes = quick ? [100, 1_000] : [1_000, 10_000, 100_000];
  const rounds = quick ? 1 : 3;
  const containers = sizes.map((size) => ({ size, container: stock(join(folder, `of-${size}`), size) }));
  const contenders = Object.fromEntries(
    containers.map(({ size, container }) => [
      size,
      () => {
        // All that is derived goes, so that everything is written anew.
        for (const derived of ['index.html', 'metadata.json', 'simple'])
          rmSync(join(container, derived), { recursive: true, force: true });
        return timeOurs(['index', container]);
      },
    ]),
  );
  const times = await measure(contenders, rounds);
  const [smallest, ...larger] = sizes;
  const rows = larger.map((size) => ({
    what: `index, ${smallest.toLocaleString('en')} of ${size.toLocaleString('en')} artifacts`,
    times: {
      ours: (times[size] * smallest) / size,
      [`${smallest.toLocaleString('en')} alone`]: times[smallest],
    },
  }));
  const source = containers[1];
  rows.push(await measureMirror(join(folder, 'mirror'), source, rounds));
  return rows;
}

/** A mirror's second run, beside a program that only reads the same pages, one after the other. */
async function measureMirror(folder, { size, container }, rounds) {
  const server = await serveFolder(container);
  try {
    const index = `${server.url}simple/`;
    const environment = { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder };
    const mirror = ['mirror', index, '--to', join(folder, 'copy'), '--quiet'];
    await timeOurs(mirror, { environment });
    const times = await measure(
      {
        ours: () => timeOurs(mirror, { environment }),
        'reading its pages': () => timePages(index),
      },
      rounds,
    );
    return { what: `mirror with nothing new, ${size.toLocaleString('en')} artifacts`, times };
  } finally {
    await server.close();
  }
}

async function timePages(index) {
  const start = process.hrtime.bigint();
  await (await fetch(index)).text();
  for (let project = 0; project < projects; project += 1)
    await (await fetch(`${index}bench-upkeep${project}/`)).text();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** A folder as uploads would have left it: artifacts, and the records from which all else follows. */
function stock(container, count) {
  for (let number = 0; number < count; number += 1) {
    const { filename, bytes } = makeWheel(`bench-upkeep${number % projects}`, `1.${number}`, 'any');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const records = join(container, '.wheelhouse', 'v1', filename);
    mkdirSync(records, { recursive: true });
    writeFileSync(join(container, filename), bytes);
    const uploaded = new Date(Date.now() + 60_000).toISOString();
    writeFileSync(join(records, `${sha256}-${bytes.length}`), `${JSON.stringify({ uploaded })}\n`);
  }
  return container;
}

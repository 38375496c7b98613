// Looking after a wheelhouse: `index` beside itself at other sizes, and a mirror with nothing new beside pip, which
// reads its pages, and beside what only fetches them.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeWheel } from '../../demo/distributions.js';
import { serveFolder } from '../../demo/file-server.js';
import { measure, timeAndPeakOfOurs, timeCommand, timeOurs } from '../measure.js';

const pipReads = fileURLToPath(new URL('../pip-reads.py', import.meta.url));
const projects = 100;
/** Pages on their way at once, as many as a mirror has by default. */
const workers = 4;

export async function measureUpkeep({ folder, quick, peers }) {
  const sizes = quick ? [100, 1_000] : [1_000, 10_000, 100_000];
  const containers = sizes.map((size) => ({ size, container: stock(join(folder, `of-${size}`), size) }));
  const peaks = {};
  const contenders = Object.fromEntries(
    containers.map(({ size, container }) => [
      size,
      async () => {
        const { elapsedMs, peakBytes } = await timeAndPeakOfOurs(['index', container]);
        peaks[size] = peakBytes;
        return elapsedMs;
      },
    ]),
  );
  // Once each, nothing derived being there yet: the largest takes minutes, so that chance has little part in it.
  const times = await measure(contenders, 1, { warmUp: false });
  const [smallest, ...larger] = sizes;
  const inWords = (size) => size.toLocaleString('en');
  const rows = larger.map((size) => ({
    what: `index, ${inWords(smallest)} of ${inWords(size)} artifacts`,
    times: { ours: (times[size] * smallest) / size, [`${inWords(smallest)} alone`]: times[smallest] },
  }));
  const largest = Math.max(...sizes);
  const others = sizes.filter((size) => size !== largest).map((size) => [inWords(size), peaks[size]]);
  const { peakBytes: bare } = await timeAndPeakOfOurs(['--version']);
  rows.push({
    what: `index, ${inWords(largest)} artifacts: peak memory`,
    memory: { ours: peaks[largest], ...Object.fromEntries(others), '--version': bare },
  });
  const source = containers[1];
  for (const delayMs of [0, 50])
    rows.push(
      await measureMirror(join(folder, `mirror-${delayMs}`), source, {
        delayMs,
        rounds: quick ? 1 : 5,
        peers,
      }),
    );
  return rows;
}

/**
 * A mirror's second run, beside pip, which makes links of the same pages, as many at a time; and beside what only fetches
 * them, and does not even have to start.
 */
async function measureMirror(folder, { size, container }, { delayMs, rounds, peers }) {
  const server = await serveFolder(container, { delayMs });
  try {
    const index = `${server.url}simple/`;
    const environment = { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder };
    const mirror = ['mirror', index, '--to', join(folder, 'copy'), '--quiet'];
    await timeOurs(mirror, { environment });
    const contenders = { ours: () => timeOurs(mirror, { environment }) };
    if (peers.pip !== undefined) contenders['pip, reading its pages'] = () => timePip(peers.pip, index, size);
    contenders['fetching its pages'] = () => timePages(index);
    const times = await measure(contenders, rounds);
    const away = delayMs === 0 ? 'at hand' : `${delayMs} ms away`;
    return { what: `mirror with nothing new, ${size.toLocaleString('en')} artifacts, ${away}`, times };
  } finally {
    await server.close();
  }
}

async function timePip(pip, index, size) {
  const python = join(dirname(pip), 'python');
  let printed = '';
  const onOutput = (text) => (printed += text);
  const elapsedMs = await timeCommand(python, [pipReads, index, String(workers)], { onOutput });
  if (printed.trim() !== String(size)) throw new Error(`pip read ${printed.trim()} links, not ${size}`);
  return elapsedMs;
}

async function timePages(index) {
  const start = process.hrtime.bigint();
  await (await fetch(index)).text();
  const pages = Array.from({ length: projects }, (_, project) => `${index}bench-upkeep${project}/`);
  const read = async () => {
    for (let page = pages.pop(); page !== undefined; page = pages.pop()) await (await fetch(page)).text();
  };
  await Promise.all(Array.from({ length: workers }, read));
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

// Measures this project beside its peers, in one run, and prints how they compare. See bench/README.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findPeers } from './peers.js';
import { measureFetch } from './scenarios/fetch.js';
import { measurePublish } from './scenarios/publish.js';
import { measureStartUp } from './scenarios/start-up.js';
import { measureStores } from './scenarios/stores.js';
import { measureSwift } from './scenarios/swift.js';
import { measureUpkeep } from './scenarios/upkeep.js';
import { measureUpload } from './scenarios/upload.js';

/** Each scenario, and the peers beside which it measures. */
const scenarios = {
  upload: { run: measureUpload, besides: ['original'] },
  fetch: { run: measureFetch, besides: ['pip', 'aria2c'] },
  publish: { run: measurePublish, besides: ['twine'] },
  stores: { run: measureStores, besides: ['versitygw', 'rclone', 's5cmd', 'aws'] },
  swift: { run: measureSwift, besides: ['swift', 'original'] },
  upkeep: { run: measureUpkeep, besides: ['pip'] },
  'start-up': { run: measureStartUp, besides: [] },
};

const folder = mkdtempSync(join(tmpdir(), 'wheelhouse-bench-'));
try {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: Object.keys(scenarios) },
    },
  });
  const unknown = values.only.filter((name) => !(name in scenarios));
  if (unknown.length > 0)
    throw new Error(`--only knows ${Object.keys(scenarios).join(', ')}; not ${unknown.join(', ')}`);
  const peers = findPeers(
    values.only.flatMap((name) => scenarios[name].besides),
    values.without,
  );

  console.log('what | contender | median | ours is');
  console.log('--- | --- | ---: | ---:');
  for (const name of values.only) {
    const rows = await scenarios[name].run({ folder: join(folder, name), quick: values.quick, peers });
    for (const row of rows) printRow(row);
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const name of values.without) console.log(`\nNot measured: ${name} was left out.`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One line for us, one for each peer with how many times as long it took, or how much it held. */
function printRow({ what, times, memory }) {
  const [inUnits, less, more] =
    memory === undefined ? [inTime, 'as fast', 'as long'] : [inMegabytes, 'as little', 'as much'];
  const { ours, ...others } = memory ?? times;
  console.log(`${what} | ours | ${inUnits(ours)} |`);
  for (const [name, value] of Object.entries(others)) {
    const ratio = value / ours;
    const comparison = ratio >= 1 ? `${ratio.toFixed(2)} × ${less}` : `${(1 / ratio).toFixed(2)} × ${more}`;
    console.log(` | ${name} | ${inUnits(value)} | ${comparison}`);
  }
}

function inTime(milliseconds) {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function inMegabytes(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

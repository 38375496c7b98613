import { describe, expect, it } from 'vitest';
import type { MemoryStore } from '../../../src/storage/drivers/memory-store.ts';
import { openMemory } from '../../../src/storage/drivers/memory.ts';
import { classify, metadataKey } from '../../../src/wheelhouse/layout.ts';
import { makeWheel } from '../../make-distribution.ts';
import { uploadFiles } from '../uploads.ts';

const wheel = makeWheel({ project: 'pkg', version: '1.0', module: 'a = 1\n' });
const longer = makeWheel({ project: 'pkg', version: '1.0', module: 'longer = 1\n' });
const sameSize = makeWheel({ project: 'pkg', version: '1.0', module: 'b = 2\n' });
const other = makeWheel({ project: 'other', version: '2.0' });

/** What another tool, a killed run or a mistake has made of a container. */
const spoilt: [string, (store: MemoryStore) => unknown][] = [
  ['as it should be', () => undefined],
  ['without metadata.json', (store) => store.delete(metadataKey)],
  [
    'with a broken metadata.json',
    (store) => store.put(metadataKey, Buffer.from('{'), { contentType: 'application/json' }),
  ],
  ['without the wheel', (store) => store.delete(wheel.filename)],
  ['without records', (store) => withoutRecords(store)],
  [
    'with nothing but artifacts',
    (store) => {
      store.delete(metadataKey);
      withoutRecords(store);
    },
  ],
];

function withoutRecords(store: MemoryStore) {
  for (const { key } of store.listed('')) if (classify(key).kind === 'record') store.delete(key);
}

describe.each(spoilt)('a dry run into a container %s', (_, spoil) => {
  it.each([
    ['the same bytes', wheel, undefined],
    ['longer ones', longer, undefined],
    ['others of the same size', sameSize, undefined],
    ['others, to skip', longer, 'skip'],
    ['others, to overwrite', sameSize, 'overwrite'],
  ] as const)('foresees what becomes of %s', async (_, file, onConflict) => {
    const container = openMemory();
    await uploadFiles(container, [wheel, other]);
    spoil(container.store);
    const rule = onConflict === undefined ? {} : { onConflict };
    const dry = await uploadFiles(container, [file, other], { dryRun: true, ...rule });
    const real = await uploadFiles(container, [file, other], rule);
    expect(essence(dry)).toEqual(essence(real));
  });
});

function essence({ exitCode, artifacts }: Awaited<ReturnType<typeof uploadFiles>>) {
  return {
    exitCode,
    artifacts: artifacts.map(({ filename, outcome, sha256, size, reason }) => {
      // What to do is said of a failure that is foreseen, too.
      return {
        filename,
        outcome,
        sha256,
        size,
        advice: outcome === 'failed' && reason?.includes('--on-conflict'),
      };
    }),
  };
}

import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { parseDistributionFilename } from '../../src/model/filename.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryCall, type MemoryOptions } from '../../src/storage/drivers/memory.ts';
import type { Source } from '../../src/storage/container.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { recordKey, recordPrefix, sidecarKey } from '../../src/wheelhouse/layout.ts';
import type { NewArtifact } from '../../src/wheelhouse/new-artifact.ts';
import { parseRecord, renderRecord } from '../../src/wheelhouse/record.ts';
import { storeArtifact, type StoreOptions } from '../../src/wheelhouse/store-artifact.ts';
import { hashBytes } from '../../src/wheelhouse/verified-source.ts';
import { put } from './stored.ts';

const filename = 'pkg-1.0-py3-none-any.whl';
const parsed = parseDistributionFilename(filename);
const early = '2026-01-01T00:00:00.000Z';

function make(content: string, uploaded = early): NewArtifact {
  if (!parsed.ok) throw new Error(parsed.reason);
  const sidecar = Buffer.from(`Metadata of ${content}\n`);
  return {
    filename,
    distribution: parsed.value,
    source: bytesSource(content),
    sha256: hashBytes(Buffer.from(content)),
    sizeBytes: content.length,
    sidecar,
    body: { uploaded, metadataSha256: hashBytes(sidecar) },
  };
}

const [ours, theirs, longer] = [make('ours!!'), make('theirs'), make('longer than ours')];
const keyOf = ({ sha256, sizeBytes }: NewArtifact) => recordKey(filename, sha256, sizeBytes);
const defaults = { conditional: true, onConflict: 'error', look: false } as const;

async function store(artifact: NewArtifact, memory: MemoryOptions, options: Partial<StoreOptions> = {}) {
  const container = openMemory(memory);
  const conditional = await container.conditionalWrites();
  const result = await storeArtifact(container, artifact, { ...defaults, conditional, ...options });
  return { ...result, calls: container.calls.map(({ operation }) => operation) };
}

/** What is stored under the name: its bytes, its sidecar, and the digests of its records. */
function stored(memory: MemoryStore) {
  return {
    bytes: memory.get(filename)?.bytes.toString(),
    sidecar: memory.get(sidecarKey(filename))?.bytes.toString(),
    records: memory.listed(recordPrefix(filename)).map(({ key }) => key),
  };
}
const whole = (content: string, ...records: NewArtifact[]) => ({
  bytes: content,
  sidecar: `Metadata of ${content}\n`,
  records: records.map(keyOf).sort(),
});

describe('storeArtifact', () => {
  it('needs three writes for something new, and nothing else', async () => {
    const memory = new MemoryStore();
    const { outcome, body, tag, calls } = await store(ours, { store: memory });
    expect([outcome, body, calls]).toEqual(['uploaded', ours.body, ['write', 'write', 'write']]);
    expect(tag).toBe(memory.get(filename)?.tag);
    expect(stored(memory)).toEqual(whole('ours!!', ours));
  });

  it.each([true, false])(
    'leaves identical bytes alone (conditional writes: %s)',
    async (conditionalWrites) => {
      const memory = new MemoryStore();
      await store(ours, { store: memory });
      const before = memory.get(keyOf(ours))?.tag;
      const { outcome, body } = await store(make('ours!!', '2026-05-05T00:00:00.000Z'), {
        store: memory,
        conditionalWrites,
      });
      expect([outcome, body]).toEqual(['unchanged', undefined]);
      expect(memory.get(keyOf(ours))?.tag).toBe(before);
    },
  );

  it.each<[string, NewArtifact, boolean]>([
    ['of the same size', theirs, true],
    ['of another size', longer, true],
    ['without conditional writes', theirs, false],
  ])('follows the rule for other bytes %s', async (_, there, conditionalWrites) => {
    const memory = new MemoryStore();
    await store(there, { store: memory });
    const before = stored(memory);
    await expect(store(ours, { store: memory, conditionalWrites })).rejects.toMatchObject({
      code: 'CONFLICT',
      hint: /--on-conflict overwrite/,
    });
    const mistyped = { onConflict: 'Skip' as 'skip' };
    await expect(store(ours, { store: memory, conditionalWrites }, mistyped)).rejects.toThrow('other bytes');
    expect((await store(ours, { store: memory, conditionalWrites }, { onConflict: 'skip' })).outcome).toBe(
      'skipped',
    );
    expect(stored(memory)).toEqual(before);
    const { outcome } = await store(ours, { store: memory, conditionalWrites }, { onConflict: 'overwrite' });
    expect(outcome).toBe('uploaded');
    // The old record stays until the pages are right: who removes it is the one that knows.
    expect(stored(memory)).toEqual(whole('ours!!', ours, there));
  });

  it('dates an overwrite after what it overwrites, whatever the clock says', async () => {
    const memory = new MemoryStore();
    await store(make('theirs', '2026-06-01T00:00:00.000Z'), { store: memory });
    const { body } = await store(ours, { store: memory }, { onConflict: 'overwrite' });
    expect(body?.uploaded).toBe('2026-06-01T00:00:00.001Z');
    const again = await store(make('theirs', early), { store: memory }, { onConflict: 'overwrite' });
    expect(again.body?.uploaded).toBe('2026-06-01T00:00:00.002Z');
    expect(parseRecord(memory.get(keyOf(theirs))!.bytes.toString()).uploaded).toBe(
      '2026-06-01T00:00:00.002Z',
    );
  });

  it.each<[string, (memory: MemoryStore) => void]>([
    [
      'sidecar and record',
      (memory) => [sidecarKey(filename), keyOf(ours)].forEach((key) => memory.delete(key)),
    ],
    ['the record', (memory) => memory.delete(keyOf(ours))],
  ])('adds what a killed upload has left out: %s', async (_, kill) => {
    const memory = new MemoryStore();
    await store(ours, { store: memory });
    const { tag } = memory.get(filename)!;
    kill(memory);
    expect((await store(ours, { store: memory })).outcome).toBe('unchanged');
    expect(stored(memory)).toEqual(whole('ours!!', ours));
    expect(memory.get(filename)?.tag).toBe(tag);
  });

  it('sets right which of two records is true, by reading the bytes', async () => {
    const memory = new MemoryStore();
    await store(ours, { store: memory });
    await put(
      openMemory({ store: memory }),
      keyOf(theirs),
      renderRecord({ uploaded: '2026-09-09T00:00:00Z' }),
    );
    const { outcome, body } = await store(ours, { store: memory });
    expect([outcome, body?.uploaded]).toEqual(['unchanged', '2026-09-09T00:00:00.001Z']);
  });

  it.each<[string, NewArtifact[]]>([
    ['tell of both', [ours, theirs]],
    ['tell of what was overwritten', [longer]],
  ])('reads what is there, whose records %s', async (_, records) => {
    for (const [there, sent] of [[ours, theirs] as const, [theirs, ours] as const]) {
      const memory = new MemoryStore();
      const container = openMemory({ store: memory });
      await put(container, filename, there === ours ? 'ours!!' : 'theirs');
      for (const record of records) await put(container, keyOf(record), renderRecord(record.body));
      await expect(store(sent, { store: memory })).rejects.toMatchObject({ code: 'CONFLICT' });
      expect((await store(there, { store: memory })).outcome).toBe('unchanged');
    }
  });

  it('replaces a sidecar that a removed artifact has left', async () => {
    const memory = new MemoryStore();
    await put(openMemory({ store: memory }), sidecarKey(filename), 'of something old');
    await store(ours, { store: memory });
    expect(stored(memory)).toEqual(whole('ours!!', ours));
  });

  it.each([true, false])('fails when the source has changed, in one piece: %s', async (inOnePiece) => {
    const memory = new MemoryStore();
    const changed: NewArtifact = { ...ours, source: bytesSource('chang!') };
    // A driver that sends parts opens them one by one, which no digest of the whole can check.
    const parts: Source = {
      sizeBytes: 6,
      open: (start = 0, end = 6) => bytesSource('chang!').open(start, end),
    };
    const container = openMemory({ store: memory });
    const sending = inOnePiece
      ? container
      : {
          ...container,
          write: (...[key, source, options]: Parameters<typeof container.write>) =>
            key === filename ? container.write(key, parts, options) : container.write(key, source, options),
        };
    await expect(storeArtifact(sending, changed, defaults)).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
    expect(stored(memory)).toEqual({ bytes: undefined, sidecar: undefined, records: [] });
  });

  it.each([true, false])('hashes nothing that the store will check: %s', async (checks) => {
    const container = openMemory({ store: new MemoryStore() });
    const counted = { opened: 0, hashed: 0 };
    const source: Source = {
      sizeBytes: ours.sizeBytes,
      open: (...range) => (counted.opened++, ours.source.open(...range)),
    };
    const checking = Object.create(container, { checksSha256: { value: () => checks } }) as typeof container;
    const write = container.write.bind(container);
    checking.write = (key, sent, options) => {
      if (key === filename && sent !== source) counted.hashed++;
      return write(key, sent, options);
    };
    await storeArtifact(checking, { ...ours, source }, defaults);
    expect(counted).toEqual({ opened: 1, hashed: checks ? 0 : 1 });
  });

  it.each(['write', 'stat', 'read', 'list'] as const)(
    'reports that another upload came in between, and leaves that one whole: met at any %s',
    async (operation) => {
      for (let meeting = 1; meeting < 8; meeting++) {
        const memory = new MemoryStore();
        await store(longer, { store: memory });
        let n = 0;
        const misbehave = async (call: MemoryCall) => {
          if (call.operation === operation && ++n === meeting)
            await store(theirs, { store: memory }, { onConflict: 'overwrite', look: true });
          return undefined;
        };
        const result = await store(
          ours,
          { store: memory, misbehave },
          { onConflict: 'overwrite', look: true },
        ).catch((thrown: unknown) => thrown);
        const { bytes = '', sidecar, records } = stored(memory);
        expect(['ours!!', 'theirs']).toContain(bytes);
        expect(sidecar).toBe(`Metadata of ${bytes}\n`);
        const winner = bytes === 'theirs' ? theirs : ours;
        expect(records).toContain(keyOf(winner));
        const timeOf = (key: string) => parseRecord(memory.get(key)!.bytes.toString()).uploaded ?? '';
        const rivals = records.filter((key) => key !== keyOf(winner) && key.endsWith('-6'));
        for (const rival of rivals) expect(timeOf(rival) < timeOf(keyOf(winner))).toBe(true);
        if (bytes === 'ours!!') expect(result).toMatchObject({ outcome: 'uploaded' });
      }
    },
  );

  it.each<[string, string, NewArtifact, string]>([
    ['is taken back', 'the one it has replaced', longer, 'Metadata of longer than ours\n'],
    ['stays', 'the same one', ours, 'Metadata of ours!!\n'],
    ['stays', 'one that is on its way', theirs, 'Metadata of ours!!\n'],
  ])('that lost: its sidecar %s where the bytes that are there have %s', async (_, _has, { body }, left) => {
    const winner = { ...theirs, body };
    const memory = new MemoryStore();
    await store(longer, { store: memory });
    const misbehave = async ({ operation, key }: MemoryCall) => {
      if (operation !== 'write' || key !== sidecarKey(filename)) return undefined;
      // The winner has found its own sidecar there just before.
      const container = openMemory({ store: memory });
      await put(container, filename, 'theirs');
      await put(container, keyOf(winner), renderRecord(winner.body));
      return undefined;
    };
    const losing = store(ours, { store: memory, misbehave }, { onConflict: 'overwrite', look: true });
    await expect(losing).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(stored(memory)).toMatchObject({ bytes: 'theirs', sidecar: left });
    expect(memory.get(keyOf(ours))).toBeUndefined();
  });

  it('sets right the sidecar that an upload it has overtaken writes before the record is there', async () => {
    const memory = new MemoryStore();
    await store(longer, { store: memory });
    const misbehave = async ({ operation, key }: MemoryCall) => {
      if (operation === 'write' && key === keyOf(ours))
        await put(openMemory({ store: memory }), sidecarKey(filename), 'Metadata of theirs\n');
      return undefined;
    };
    await store(ours, { store: memory, misbehave }, { onConflict: 'overwrite', look: true });
    expect(stored(memory)).toEqual(whole('ours!!', ours, longer));
  });

  it('sets right the sidecar that an upload of other bytes has left beside these', async () => {
    const memory = new MemoryStore();
    await store(ours, { store: memory });
    await put(openMemory({ store: memory }), sidecarKey(filename), 'Metadata of theirs\n');
    expect(await store(ours, { store: memory }, { look: true })).toMatchObject({ outcome: 'unchanged' });
    expect(stored(memory)).toEqual(whole('ours!!', ours));
  });

  const sameBytes = { uploaded: '2026-01-02T00:00:00Z' };
  it.each([
    ['completes the record that `index` gave meanwhile, which says nothing', true, {}, ours.body],
    ['completes the record that `index` gave meanwhile, which says nothing', false, {}, ours.body],
    ['leaves the record that another upload of these bytes wrote meanwhile', true, sameBytes, undefined],
    ['leaves the record that another upload of these bytes wrote meanwhile', false, sameBytes, undefined],
  ])('%s (conditional writes: %s)', async (_, conditionalWrites, there, written) => {
    const memory = new MemoryStore();
    const misbehave = async ({ operation, key }: MemoryCall) => {
      if (operation === 'write' && key === sidecarKey(filename))
        await put(openMemory({ store: memory }), keyOf(ours), renderRecord(there));
      return undefined;
    };
    const { body } = await store(ours, { store: memory, conditionalWrites, misbehave });
    expect(body).toEqual(written);
    expect(parseRecord(memory.get(keyOf(ours))!.bytes.toString())).toEqual(written ?? there);
  });

  it.each([
    ['sidecar', sidecarKey(filename)],
    ['record', keyOf(ours)],
  ])('fails as the store does where its %s cannot be written', async (_, refused) => {
    const misbehave = ({ operation, key }: MemoryCall) =>
      operation === 'write' && key === refused ? new WheelhouseError('FORBIDDEN', 'no') : undefined;
    await expect(store(ours, { store: new MemoryStore(), misbehave })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('gives up when others overwrite it every time', async () => {
    const memory = new MemoryStore();
    let build = 0;
    const misbehave = async ({ operation, key }: MemoryCall) => {
      if (operation === 'write' && key === filename)
        await store(make(`build ${build++}`), { store: memory }, { onConflict: 'overwrite', look: true });
      return undefined;
    };
    await expect(
      store(ours, { store: memory, misbehave }, { onConflict: 'overwrite' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: /overwritten by another upload/,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryOptions } from '../../../src/storage/drivers/memory.ts';
import type { Container } from '../../../src/storage/container.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { describeContainer } from '../../conformance/container.ts';
import { listKeys } from '../../conformance/contents.ts';

const openMissing = (options: MemoryOptions) => () => {
  const store = new MemoryStore({ exists: false });
  return Promise.resolve({
    container: openMemory({ ...options, store }),
    another: () => openMemory({ ...options, store }),
    cleanup: () => Promise.resolve(),
  });
};

describeContainer('memory', openMissing({}));
describeContainer(
  'memory without conditions or slash keys',
  openMissing({ conditionalWrites: false, acceptsSlashKeys: false }),
  {
    conditionalWrites: false,
    manyObjects: 0,
  },
);

const put = (
  container: Container,
  key: string,
  text: string,
  condition?: { ifTag: string } | { ifAbsent: true },
) => container.write(key, bytesSource(text), { contentType: 'text/plain', ...(condition && { condition }) });
describe('openMemory', () => {
  it('records every call, so that tests can count requests', async () => {
    const container = openMemory();
    await put(container, 'a.whl', 'x');
    await container.stat('a.whl');
    await container.read('b.whl');
    await listKeys(container);
    await container.delete('a.whl');
    expect(container.calls.map(({ n, operation, key }) => `${n} ${operation} ${key}`)).toEqual([
      '1 write a.whl',
      '2 stat a.whl',
      '3 read b.whl',
      '4 list ',
      '5 delete a.whl',
    ]);
  });

  it('fails at the nth call without doing anything', async () => {
    const container = openMemory({ misbehave: ({ n }) => (n === 1 ? 'fail' : undefined) });
    await expect(put(container, 'a', 'x')).rejects.toMatchObject({ code: 'SERVER_ERROR', transient: true });
    expect(await container.stat('a')).toBeUndefined();
  });

  it('does the write whose answer is lost', async () => {
    const container = openMemory({
      misbehave: ({ operation }) => (operation === 'write' ? 'lose-answer' : undefined),
    });
    await expect(put(container, 'a', 'x', { ifAbsent: true })).rejects.toMatchObject({ code: 'NETWORK' });
    expect(await container.stat('a')).toMatchObject({ key: 'a', sizeBytes: 1 });
  });

  it('loses a race on demand', async () => {
    const container = openMemory({ misbehave: ({ n }) => (n === 1 ? 'lose-race' : undefined) });
    await expect(put(container, 'a', 'x')).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    await put(container, 'a', 'x');
  });

  it('lets another handle go first while a call is delayed', async () => {
    const store = new MemoryStore();
    const other = openMemory({ store });
    const late = openMemory({
      store,
      misbehave: async () => {
        await put(other, 'page', 'theirs');
        return undefined;
      },
    });
    await expect(put(late, 'page', 'mine', { ifAbsent: true })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
  });

  it('ignores conditions when told to', async () => {
    const container = openMemory({ conditionalWrites: false });
    await put(container, 'a', '1');
    await put(container, 'a', '2', { ifAbsent: true });
    await put(container, 'a', '3', { ifTag: 'stale' });
    expect(await container.conditionalWrites()).toBe(false);
    expect(await container.stat('a')).toMatchObject({ sizeBytes: 1 });
  });

  it('lists the past when the listing lags, and reads the present', async () => {
    let nowMs = 1_000_000;
    const store = new MemoryStore({ listingLagMs: 500, clock: () => nowMs });
    const container = openMemory({ store });
    await put(container, 'old', '1');
    nowMs += 500;
    await put(container, 'new', '22');
    await container.delete('old');
    expect(await listKeys(container)).toEqual(['old']);
    expect(await container.stat('new')).toMatchObject({ sizeBytes: 2 });
    expect(await container.stat('old')).toBeUndefined();
    nowMs += 500;
    expect(await listKeys(container)).toEqual(['new']);
  });
});

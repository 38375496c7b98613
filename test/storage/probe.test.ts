import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { honoursConditions } from '../../src/storage/probe.ts';
import { listKeys } from '../conformance/contents.ts';

describe('the probe through a container', () => {
  it('finds a store that honours conditions, and leaves nothing', async () => {
    const container = openMemory();
    await container.create();
    expect(await honoursConditions(container, undefined)).toBe(true);
    expect(await listKeys(container)).toEqual([]);
  });

  it('finds one that ignores them', async () => {
    const container = openMemory();
    await container.create();
    const write: typeof container.write = (key, source, { contentType }) =>
      container.write(key, source, { contentType });
    const deaf = { write, delete: container.delete.bind(container) };
    expect(await honoursConditions(deaf, undefined)).toBe(false);
  });

  it.each([400, 501])('finds one that refuses to hear of them: %i', async (status) => {
    const container = openMemory();
    await container.create();
    const write: typeof container.write = (key, source, { contentType, condition }) =>
      condition === undefined
        ? container.write(key, source, { contentType })
        : Promise.reject(new WheelhouseError('REJECTED', 'not implemented', { status }));
    const deaf = { write, delete: container.delete.bind(container) };
    expect(await honoursConditions(deaf, undefined)).toBe(false);
    expect(await listKeys(container)).toEqual([]);
  });
});

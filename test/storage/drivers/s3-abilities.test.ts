import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../../src/model/errors.ts';
import { openMemory } from '../../../src/storage/drivers/memory.ts';
import { Abilities } from '../../../src/storage/drivers/s3/abilities.ts';

describe('what a store of S3 can do', () => {
  it('is asked to the end, even when a probe fails', async () => {
    let goOn: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const container = openMemory({
      misbehave: async () => {
        await held;
        return undefined;
      },
    });
    const refused = new WheelhouseError('FORBIDDEN', 'not for you');
    const abilities = new Abilities(container, () => Promise.reject(refused));
    let ended = false;
    const learning = abilities.learn(undefined).finally(() => (ended = true));
    const outcome = expect(learning).rejects.toBe(refused);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    goOn!();
    await outcome;
    expect(container.store.listed('')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { hasEnded, thisOwner } from '../../../../src/storage/drivers/folder/owner.ts';
import { spawnOwner } from './dead-process.ts';

describe('thisOwner', () => {
  it('is this process, always the same', async () => {
    const owner = await thisOwner();
    expect(owner.pid).toBe(process.pid);
    expect(owner.space).toMatch(/^[0-9a-f]{12}$/);
    expect(await thisOwner()).toEqual(owner);
    if (process.platform === 'linux') expect(owner.started).toMatch(/^\d+$/);
  });
});

describe('hasEnded', () => {
  it('follows a process of this host from life to death', async () => {
    const { owner, end } = await spawnOwner();
    expect(await hasEnded(owner)).toBe(false);
    expect(await hasEnded({ ...owner, started: '' })).toBe(false);
    await end();
    expect(await hasEnded(owner)).toBe(true);
    expect(await hasEnded({ ...owner, started: '' })).toBe(true);
  });

  it('knows nothing of other hosts', async () => {
    const { owner, end } = await spawnOwner();
    await end();
    expect(await hasEnded({ ...owner, space: 'elsewhere' })).toBe(false);
  });

  it('is not fooled by a process id that is used again', async () => {
    const owner = await thisOwner();
    expect(await hasEnded(owner)).toBe(false);
    // Only Linux tells when a process started; elsewhere the lease has to do.
    if (owner.started !== '') expect(await hasEnded({ ...owner, started: '1' })).toBe(true);
  });
});

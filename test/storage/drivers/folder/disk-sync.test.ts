import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskSync } from '../../../../src/storage/drivers/folder/disk-sync.ts';
import { makeScratchFolder } from '../../scratch-folder.ts';

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
let sync: DiskSync;
beforeEach(async () => {
  scratch = await makeScratchFolder();
  sync = new DiskSync();
});
afterEach(() => scratch.remove());

describe('DiskSync', () => {
  it('serves everyone who asks, in whatever round', async () => {
    const done: number[] = [];
    const ask = async (round: number): Promise<void> => {
      await sync.names(scratch.path);
      done.push(round);
      if (round < 3) await Promise.all([ask(round + 1), ask(round + 1)]);
    };
    await Promise.all([ask(1), ask(1)]);
    expect(done.sort()).toEqual([1, 1, 2, 2, 2, 2, ...Array.from({ length: 8 }, () => 3)]);
  });

  it('fails only the one whose file cannot be synced', async () => {
    const path = join(scratch.path, 'a');
    const file = openSync(path, 'wx');
    const noFile = 1_000_000;
    const asked = [sync.bytes(file), sync.bytes(noFile), sync.names(scratch.path)];
    const outcomes = await Promise.allSettled(asked);
    closeSync(file);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(sync.names(scratch.path)).resolves.toBeUndefined();
  });

  it('takes a folder that is gone for one without names', async () => {
    const folder = join(scratch.path, 'folder');
    await mkdir(folder);
    sync.grown(folder);
    await rm(folder, { recursive: true });
    await expect(sync.names(folder)).resolves.toBeUndefined();
  });

  it('fails who relies on a new folder that is not durable', async () => {
    sync.grown('\0'); // no path on any system
    await expect(sync.names(scratch.path)).rejects.toThrow();
    await expect(sync.names(scratch.path)).resolves.toBeUndefined();
  });
});

import { readdir, readFile, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { breakStaleLock, lockName, takeLock } from '../../../../src/storage/drivers/folder/lock.ts';
import { thisOwner } from '../../../../src/storage/drivers/folder/owner.ts';
import { makeScratchFolder } from '../../scratch-folder.ts';
import { deadOwner } from './dead-process.ts';

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
let path: string;
beforeEach(async () => {
  scratch = await makeScratchFolder();
  path = join(scratch.path, 'page.lock');
});
afterEach(() => scratch.remove());

const names = () => readdir(scratch.path);
const sign = async (changes: object = {}) =>
  writeFile(path, JSON.stringify({ ...(await thisOwner()), token: 'x', ...changes }));
const age = async (seconds: number) => {
  const when = Date.now() / 1000 - seconds;
  await utimes(path, when, when);
};
/** Longer than any test: whoever waits for the lease to end does not get there. */
const patient = { leaseMs: 3_600_000, waitMs: 3_600_000 };
const impatient = { leaseMs: 3_600_000, waitMs: 100 };

describe('takeLock', () => {
  it('names its owner while it is held, and leaves nothing', async () => {
    const lock = await takeLock(path);
    expect(lock.safe).toBe(true);
    expect(await names()).toEqual(['page.lock']);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject(await thisOwner());
    await lock.release();
    expect(await names()).toEqual([]);
  });

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        const lock = await takeLock(path, patient);
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
        await lock.release();
      }),
    );
    expect(most).toBe(1);
    expect(await names()).toEqual([]);
  });

  it('gives up on a living owner in the end, and says which file it is', async () => {
    await sign();
    await expect(takeLock(path, impatient)).rejects.toMatchObject({
      code: 'TIMEOUT',
      transient: true,
      message: expect.stringContaining(path) as string,
      hint: expect.stringMatching(/remove that file/) as string,
    });
    expect(await names()).toEqual(['page.lock']);
  });

  it('stops waiting at an abort', async () => {
    await sign();
    const controller = new AbortController();
    const taking = takeLock(path, patient, controller.signal);
    controller.abort();
    await expect(taking).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('breaks the lock of a dead process at once, long before its lease ends', async () => {
    await sign(await deadOwner());
    const lock = await takeLock(path, patient);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject(await thisOwner());
    await lock.release();
    expect(await names()).toEqual([]);
  });

  it('breaks the lock of a process that died while it broke a lock', async () => {
    const dead = await deadOwner();
    await sign(dead);
    await writeFile(`${path}.break`, JSON.stringify({ ...dead, token: 'y' }));
    const lock = await takeLock(path, patient);
    await lock.release();
    expect(await names()).toEqual([]);
  });

  it.each([
    ['of another host', () => sign({ space: 'elsewhere' })],
    ['of a living process that is stuck', () => sign()],
    ['that was never signed', () => writeFile(path, '')],
    ['that is signed half', () => writeFile(path, '{"space":"')],
    ['that holds something else', () => writeFile(path, '[1]')],
    ['that names no process', () => writeFile(path, '{"space":1,"pid":"x","started":null}')],
  ])('keeps a lock %s during its lease, and breaks it after', async (_what, make) => {
    await make();
    await expect(takeLock(path, impatient)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await age(3_601);
    const lock = await takeLock(path, { ...patient });
    await lock.release();
    expect(await names()).toEqual([]);
  });

  it('lets one in at a time when all find the same dead owner', async () => {
    const dead = await deadOwner();
    for (let round = 0; round < 10; round++) {
      await sign(dead);
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 12 }, async () => {
          const lock = await takeLock(path, patient);
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 0));
          inside--;
          await lock.release();
        }),
      );
      expect(most).toBe(1);
      expect(await names()).toEqual([]);
    }
  });

  it('is not safe any more when half of the lease is over', async () => {
    const lock = await takeLock(path, { leaseMs: 0 });
    expect(lock.safe).toBe(false);
    await lock.release();
    expect(await names()).toEqual(['page.lock']);
    await (await takeLock(path, { leaseMs: 1_000, waitMs: 60_000 })).release();
    expect(await names()).toEqual([]);
  });

  it('that was broken leaves the lock of its successor alone', async () => {
    const late = await takeLock(path, { leaseMs: 1 });
    await unlink(path);
    await sign({ token: 'successor' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await late.release();
    expect(await readFile(path, 'utf8')).toMatch(/successor/);
  });

  it('fails at once where no lock can be', async () => {
    await expect(takeLock(join(scratch.path, 'gone', 'x.lock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('lockName', () => {
  it('is the same for keys that may be one file', () => {
    expect(lockName('Simple/É')).toBe(lockName('simple/e\u0301'));
    expect(lockName('a')).not.toBe(lockName('b'));
    expect(lockName('../a')).toMatch(/^[0-9a-f]{32}\.lock$/);
  });
});

describe('breakStaleLock', () => {
  it('removes what a dead process left, and that only', async () => {
    await breakStaleLock(path);
    await sign();
    await breakStaleLock(path);
    expect(await names()).toEqual(['page.lock']);
    await sign(await deadOwner());
    await breakStaleLock(path);
    expect(await names()).toEqual([]);
  });
});

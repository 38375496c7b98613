import type * as FileSystem from 'node:fs';
import { readdirSync, readlinkSync, type PathLike } from 'node:fs';
import type * as FileSystemPromises from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFolder } from '../../../../src/storage/drivers/folder.ts';
import { takeLock } from '../../../../src/storage/drivers/folder/lock.ts';
import type { Container, WriteOptions } from '../../../../src/storage/container.ts';
import { bytesSource } from '../../../../src/storage/source.ts';
import { listKeys, readText } from '../../../conformance/contents.ts';
import { makeScratchFolder } from '../../scratch-folder.ts';

/** What the file system refuses the next few times, as Windows does: by operation and the end of the path. */
const refusals: { operation: string; end: string; code: string; times: number }[] = [];

const refuse = (operation: string, path: PathLike) => {
  const refusal = refusals.find(
    (r) => r.operation === operation && String(path).endsWith(r.end) && r.times > 0,
  );
  if (refusal === undefined) return;
  refusal.times--;
  throw Object.assign(new Error(`${refusal.code}: ${operation}`), { code: refusal.code });
};

/** Without FILE_RENAME_POSIX_SEMANTICS, which Node does not ask for, Windows replaces no file that is open. */
const isOpen = (path: PathLike) =>
  readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === String(path);
    } catch {
      return false;
    }
  });

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>();
  return {
    ...fs,
    linkSync: (from: PathLike, to: PathLike) => {
      refuse('link', to);
      fs.linkSync(from, to);
    },
    lstatSync: (path: PathLike, options: object) => {
      refuse('lstat', path);
      return fs.lstatSync(path, options);
    },
    unlinkSync: (path: PathLike) => {
      refuse('unlink', path);
      fs.unlinkSync(path);
    },
  };
});

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof FileSystemPromises>();
  return {
    ...fs,
    open: async (path: PathLike, flags?: string) => {
      refuse(`open ${flags ?? 'r'}`, path);
      return fs.open(path, flags);
    },
    readFile: async (path: PathLike, encoding: 'utf8') => {
      refuse('readFile', path);
      return fs.readFile(path, encoding);
    },
    rename: async (from: PathLike, to: PathLike) => {
      if (isOpen(to)) throw Object.assign(new Error('EPERM: rename'), { code: 'EPERM' });
      return fs.rename(from, to);
    },
    unlink: async (path: PathLike) => {
      refuse('unlink', path);
      return fs.unlink(path);
    },
  };
});

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
let container: Container;
beforeEach(async () => {
  scratch = await makeScratchFolder();
  container = openFolder(scratch.path);
  await container.create();
  vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }));
});
afterEach(async () => {
  vi.unstubAllGlobals();
  refusals.length = 0;
  await scratch.remove();
});

const put = (key: string, text: string, options: Partial<WriteOptions> = {}) =>
  container.write(key, bytesSource(text), { contentType: 'text/plain', ...options });

/** Too much to be read at once. */
const large = 'o'.repeat(2_000_000);
/** Longer than any test: whoever waits for the lease to end does not get there. */
const patient = { leaseMs: 3_600_000, waitMs: 3_600_000 };

describe.runIf(process.platform === 'linux')('a folder on Windows', () => {
  it('has no small page open, however slow its reader', async () => {
    await put('page', 'old');
    const opened = await container.read('page');
    await put('page', 'new');
    expect(opened?.sizeBytes).toBe(3);
    expect(await readText(container, 'page')).toBe('new');
    opened?.body.destroy();
  });

  it('replaces what is being read, once its reader has closed it', async () => {
    await put('page', large);
    const opened = await container.read('page');
    const replaced = put('page', 'new');
    setTimeout(() => opened?.body.destroy(), 50);
    await replaced;
    expect(await readText(container, 'page')).toBe('new');
  });

  it('does without hard links where the file system has none, as exFAT', async () => {
    refusals.push({ operation: 'link', end: '.whl', code: 'EISDIR', times: 1 });
    await put('a.whl', 'a', { condition: { ifAbsent: true } });
    expect(await readText(container, 'a.whl')).toBe('a');
  });

  it('has nothing under a name whose file is being deleted', async () => {
    await put('a.whl', 'a');
    await put('b.whl', 'b');
    refusals.push({ operation: 'lstat', end: 'a.whl', code: 'EPERM', times: 2 });
    expect(await container.stat('a.whl')).toBeUndefined();
    expect(await listKeys(container)).toEqual(['b.whl']);
  });

  it('reads what a virus scanner has open for a moment', async () => {
    await put('a.whl', 'a');
    refusals.push({ operation: 'open r', end: 'a.whl', code: 'EBUSY', times: 2 });
    expect(await readText(container, 'a.whl')).toBe('a');
  });

  it('has written what it cannot tidy up after', async () => {
    refusals.push({ operation: 'unlink', end: '.part', code: 'EBUSY', times: 1 });
    await put('a.whl', 'a', { condition: { ifAbsent: true } });
    expect(await readText(container, 'a.whl')).toBe('a');
  });

  it('says what to do when a file stays in use', async () => {
    await put('page', large);
    const opened = await container.read('page');
    await expect(put('page', 'new')).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      hint: 'close the program that has it open, or check who may write to the folder',
    });
    opened?.body.destroy();
    expect(await readText(container, 'page')).toBe(large);
  });
});

describe.runIf(process.platform === 'linux')('a lock on Windows', () => {
  it.each([
    ['is being deleted', 'open wx', 'EPERM'],
    ['is being read', 'unlink', 'EBUSY'],
  ])('is taken and left though its file %s', async (_, operation, code) => {
    const path = join(scratch.path, 'page.lock');
    refusals.push({ operation, end: 'page.lock', code, times: 3 });
    await (await takeLock(path, patient)).release();
    await (await takeLock(path, patient)).release();
    expect(readdirSync(scratch.path)).not.toContain('page.lock');
  });

  it('is waited for though its file cannot be read for a moment', async () => {
    const path = join(scratch.path, 'page.lock');
    const held = await takeLock(path, patient);
    refusals.push({ operation: 'readFile', end: 'page.lock', code: 'EPERM', times: 2 });
    const waiting = takeLock(path, patient);
    setTimeout(() => void held.release(), 20);
    await (await waiting).release();
  });

  it('is a failure where nothing may be written', async () => {
    refusals.push({ operation: 'open wx', end: 'page.lock', code: 'EPERM', times: Infinity });
    await expect(takeLock(join(scratch.path, 'page.lock'), patient)).rejects.toMatchObject({ code: 'EPERM' });
  });
});

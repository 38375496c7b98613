import { describe, expect, it } from 'vitest';
import { isInUse, patiently } from '../../src/io/patiently.ts';

const systemError = (code: string) => Object.assign(new Error(code), { code });

const busy = (code: string, times: number) => {
  let calls = 0;
  return {
    act: () => {
      calls++;
      return calls > times ? Promise.resolve('done') : Promise.reject(systemError(code));
    },
    calls: () => calls,
  };
};

const windows = { platform: 'win32', stepMs: 0 } as const;

describe('patiently', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('waits for Windows to let go: %s', async (code) => {
    const file = busy(code, 30);
    expect(await patiently(file.act, windows)).toBe('done');
    expect(file.calls()).toBe(31);
  });

  it('gives up in the end', async () => {
    const file = busy('EPERM', 10);
    await expect(patiently(file.act, { ...windows, tries: 3 })).rejects.toMatchObject({ code: 'EPERM' });
    expect(file.calls()).toBe(3);
  });

  it('does nothing more once it may not', async () => {
    const file = busy('EPERM', 10);
    const mayGoOn = () => file.calls() < 2;
    await expect(patiently(file.act, { ...windows, mayGoOn })).rejects.toMatchObject({ code: 'EPERM' });
    expect(file.calls()).toBe(2);
  });

  it.each([
    ['EPERM', 'linux'],
    ['EBUSY', 'darwin'],
    ['ENOENT', 'win32'],
    ['EISDIR', 'win32'],
  ] as const)('takes %s on %s for what it says', async (code, platform) => {
    const file = busy(code, 1);
    await expect(patiently(file.act, { platform, stepMs: 0 })).rejects.toMatchObject({ code });
    expect(file.calls()).toBe(1);
  });
});

describe('isInUse', () => {
  it('asks this machine unless told', () => {
    expect(isInUse(systemError('EPERM'))).toBe(process.platform === 'win32');
    expect(isInUse('EPERM', 'win32')).toBe(false);
  });
});

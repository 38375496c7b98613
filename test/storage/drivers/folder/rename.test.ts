import { describe, expect, it } from 'vitest';
import { patiently } from '../../../../src/storage/drivers/folder/rename.ts';

const busy = (code: string, times: number) => {
  let calls = 0;
  return {
    act: () => {
      calls++;
      return calls > times
        ? Promise.resolve('done')
        : Promise.reject(Object.assign(new Error(code), { code }));
    },
    calls: () => calls,
  };
};

describe('patiently', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('waits for Windows to let go: %s', async (code) => {
    const file = busy(code, 3);
    expect(await patiently(file.act, 'win32', [0, 0, 0])).toBe('done');
    expect(file.calls()).toBe(4);
  });

  it('gives up in the end', async () => {
    const file = busy('EPERM', 10);
    await expect(patiently(file.act, 'win32', [0, 0])).rejects.toMatchObject({ code: 'EPERM' });
    expect(file.calls()).toBe(3);
  });

  it.each([
    ['EPERM', 'linux'],
    ['EBUSY', 'darwin'],
    ['ENOENT', 'win32'],
    ['EISDIR', 'win32'],
  ] as const)('takes %s on %s for what it says', async (code, platform) => {
    const file = busy(code, 1);
    await expect(patiently(file.act, platform, [0, 0])).rejects.toMatchObject({ code });
    expect(file.calls()).toBe(1);
  });
});

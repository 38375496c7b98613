import { describe, expect, it } from 'vitest';
import { loadSdk } from '../../src/io/load-sdk.ts';

describe('loadSdk', () => {
  it('gives what was loaded', async () => {
    expect(await loadSdk('x', 'X', () => Promise.resolve(7))).toBe(7);
  });

  it('names a package that is absent, and the command that installs it', async () => {
    // Not written out, for then the compiler would look for it.
    const name = ['@wheelhouse-uploader', 'not-there'].join('/');
    await expect(loadSdk(name, 'The Store', () => import(name))).rejects.toMatchObject({
      code: 'MISSING_DRIVER',
      message: `The Store needs the package ${name}, which is not installed`,
      hint: expect.stringContaining(`npm install ${name}`) as string,
    });
  });

  it('does not take a fault inside a package for its absence', async () => {
    const inside = Object.assign(
      new Error("Cannot find package 'dep' imported from /x/node_modules/sdk/index.js"),
      {
        code: 'ERR_MODULE_NOT_FOUND',
      },
    );
    await expect(loadSdk('sdk', 'The Store', () => Promise.reject(inside))).rejects.toBe(inside);
    const broken = new SyntaxError("package 'sdk' is broken");
    await expect(loadSdk('sdk', 'The Store', () => Promise.reject(broken))).rejects.toBe(broken);
  });
});

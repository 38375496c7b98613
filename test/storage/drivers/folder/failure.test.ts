import { describe, expect, it } from 'vitest';
import { hasCode, WheelhouseError } from '../../../../src/model/errors.ts';
import { folderFailure, isMissing } from '../../../../src/storage/drivers/folder/failure.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: no, open 'x'`), { code });

describe('folderFailure', () => {
  it.each([
    ['EACCES', /permissions/],
    ['EPERM', /permissions/],
    ['EROFS', /read-only/],
    ['ENOSPC', /disk is full/],
    ['EDQUOT', /quota/],
    ['EMFILE', /--max-workers/],
  ])('of %s says what to do', (code, hint) => {
    expect(folderFailure(systemError(code), 'cannot write a.whl')).toMatchObject({
      code: 'FILE_SYSTEM',
      message: `cannot write a.whl: ${code}: no, open 'x'`,
      hint: expect.stringMatching(hint) as string,
    });
  });

  it('leaves an error of ours as it is', () => {
    const ours = new WheelhouseError('NOT_FOUND', 'there is no folder x');
    expect(folderFailure(ours, 'cannot write')).toBe(ours);
  });

  it('is the abort once the signal has ended', () => {
    expect(folderFailure(systemError('EACCES'), 'x', AbortSignal.abort())).toMatchObject({ code: 'ABORTED' });
    expect(folderFailure(systemError('EIO'), 'x', new AbortController().signal)).toMatchObject({
      code: 'FILE_SYSTEM',
    });
  });
});

describe('hasCode', () => {
  it('knows system errors only', () => {
    expect(hasCode(systemError('ENOENT'), 'EPERM', 'ENOENT')).toBe(true);
    expect(hasCode(systemError('EIO'), 'ENOENT')).toBe(false);
    expect(hasCode({ code: 'ENOENT' }, 'ENOENT')).toBe(false);
    expect(isMissing(systemError('ENOTDIR'))).toBe(true);
  });
});

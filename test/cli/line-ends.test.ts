import { describe, expect, it } from 'vitest';
import { trimLineEnds, withoutLineEnd } from '../../src/cli/line-ends.ts';

describe('line breaks at the end', () => {
  it.each([
    ['token\n', 'token'],
    ['token\r\n', 'token'],
    ['token\n\n', 'token'],
    ['to\nken', 'to\nken'],
    ['token ', 'token '],
    ['\n', ''],
  ])('of %j are taken off', (text, expected) => {
    expect(withoutLineEnd(text)).toBe(expected);
  });

  it.each([
    'WHEELHOUSE_UPLOADER_SECRET',
    'TWINE_PASSWORD',
    'TWINE_USERNAME',
    'AWS_SECRET_ACCESS_KEY',
    'AZURE_STORAGE_KEY',
    'OS_PASSWORD',
    'ST_KEY',
    'BUILDKITE_API_TOKEN',
    'REGISTRY_WRITE_TOKEN',
    'CI_JOB_TOKEN',
    'PYPI_ID_TOKEN',
  ])('are taken off %s', (name) => {
    const environment = { [name]: 'value\r\n' };
    trimLineEnds(environment);
    expect(environment).toEqual({ [name]: 'value' });
  });

  it('stay in what is no setting of ours', () => {
    const environment = { IFS: ' \t\n', PATH: '/bin\n' };
    trimLineEnds(environment);
    expect(environment).toEqual({ IFS: ' \t\n', PATH: '/bin\n' });
  });
});

import { describe, expect, it } from 'vitest';
import {
  knownSettings,
  resolveSettings,
  variableOf,
  type SettingSources,
} from '../../src/config/settings.ts';

function settingsOf(sources: Partial<SettingSources> = {}) {
  const settings = resolveSettings({ flags: {}, environment: {}, project: { origins: {} }, ...sources });
  return new Map(settings.map(({ name, ...setting }) => [name, setting]));
}

describe('resolveSettings', () => {
  it('tells each setting once, whatever is said', () => {
    const names = resolveSettings({ flags: {}, environment: {}, project: { origins: {} } }).map(
      ({ name }) => name,
    );
    expect(names).toEqual(knownSettings.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it('tells defaults, and what is unset', () => {
    const settings = settingsOf();
    expect(settings.get('keep-dev')).toEqual({ value: '5', origin: 'default' });
    expect(settings.get('local-folder')).toEqual({ value: 'dist', origin: 'default' });
    expect(settings.get('container')).toEqual({ value: null, origin: 'unset' });
  });

  const flags = { container: './flag' };
  const environment = { WHEELHOUSE_UPLOADER_CONTAINER: './variable' };
  const project = { container: './file', origins: { container: 'pyproject.toml' } };
  it.each([
    ['flag', { flags, environment, project }, './flag', '--container'],
    ['environment', { environment, project }, './variable', 'WHEELHOUSE_UPLOADER_CONTAINER'],
    ['file', { project }, './file', 'pyproject.toml'],
    [
      'file',
      { flags: { container: '' }, environment: { WHEELHOUSE_UPLOADER_CONTAINER: '' }, project },
      './file',
      'pyproject.toml',
    ],
  ])('takes the %s where that comes first', (origin, sources, value, from) => {
    expect(settingsOf(sources).get('container')).toEqual({ value, origin, from });
  });

  it.each(['TWINE_REPOSITORY', 'WHEELHOUSE_UPLOADER_REPOSITORY'])('counts %s of both', (from) => {
    const set = { TWINE_REPOSITORY: 'twine', [from]: 'testpypi' };
    expect(settingsOf({ environment: set }).get('repository')).toEqual({
      value: 'testpypi',
      origin: 'environment',
      from,
    });
  });

  it('joins lists, and writes numbers as they are written', () => {
    const origins = { artifactIndexes: 'setup.cfg', keepDev: 'pyproject.toml' };
    const settings = settingsOf({
      project: { artifactIndexes: ['https://a/', 'https://b/'], keepDev: 3, origins },
    });
    expect(settings.get('artifact-indexes')).toEqual({
      value: 'https://a/ https://b/',
      origin: 'file',
      from: 'setup.cfg',
    });
    expect(settings.get('keep-dev')).toEqual({ value: '3', origin: 'file', from: 'pyproject.toml' });
  });

  it('hides the secret, and the user info of URLs', () => {
    const settings = settingsOf({
      flags: { secret: 'sesame', endpoint: 'https://me:sesame@store.example.org/' },
      project: {
        artifactIndexes: ['https://me:sesame@a/', 'https://b/@team/'],
        origins: { artifactIndexes: 'setup.cfg' },
      },
    });
    expect(settings.get('secret')?.value).toBe('***');
    expect(settings.get('endpoint')?.value).toBe('https://***@store.example.org/');
    expect(settings.get('artifact-indexes')?.value).toBe('https://***@a/ https://b/@team/');
    expect(JSON.stringify([...settings])).not.toContain('sesame');
  });

  it('reads no variable for what only the project says', () => {
    expect(settingsOf({ environment: { [variableOf('project')]: 'x' } }).get('project')?.origin).toBe(
      'unset',
    );
  });
});

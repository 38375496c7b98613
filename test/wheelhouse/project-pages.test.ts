import { describe, expect, it } from 'vitest';
import { ProjectPages } from '../../src/wheelhouse/project-pages.ts';
import { indexedFile } from '../listing/indexed-file.ts';

const files = [indexedFile('demo-1.0-py3-none-any.whl', { sha256: 'a'.repeat(64) })];
const pagesOf = (slashKeys: boolean, project = 'demo') => new ProjectPages(project, () => files, slashKeys);

describe('the pages of a project', () => {
  it.each([false, true])(
    'tell their sizes by their certificate (keys that end in a slash: %s)',
    (slashKeys) => {
      const pages = pagesOf(slashKeys);
      expect([...pages.sizes.keys()]).toEqual([
        'simple/demo/index.html',
        ...(slashKeys ? ['simple/demo/'] : []),
        'simple/v1+json/demo/index.json',
      ]);
      expect(pages.certificate).toMatch(/^[0-9a-f]{32}-\d+-\d+$/);
      expect(pagesOf(slashKeys).certifiedSizes(pages.certificate)).toEqual(pages.sizes);
      for (const { key, content } of pages.pages) expect(pages.sizes.get(key)).toBe(content.sizeBytes);
    },
  );

  const { certificate } = pagesOf(false);
  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['one of other pages', pagesOf(false, 'other').certificate],
    ['one of an earlier release', certificate.slice(0, 32)],
    ['one with another fingerprint', certificate.replace(/^./, 'x')],
    ['one with something behind', `${certificate}-1`],
    ['one with a size that is none', certificate.replace(/-\d+$/, '-0')],
  ])('are not certified by %s', (_, wrong) => expect(pagesOf(false).certifiedSizes(wrong)).toBeUndefined());
});

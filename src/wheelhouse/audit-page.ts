import { parseListing } from '../listing/parse.ts';
import type { Disagreement } from '../model/events.ts';
import type { Files } from './files.ts';
import { metadataKey } from './layout.ts';
import { pageText, type Page } from './page.ts';
import type { ReadPage } from './stored-page.ts';

/** What is wrong with a page that is there and has the right bytes. */
export function auditType(wanted: Page, stored: ReadPage): Disagreement[] {
  if (hasType(stored, wanted)) return [];
  const { key, headers } = wanted;
  const message = `${key} is served as ${stored.contentType ?? 'nothing'}, not as ${headers.contentType}`;
  return [{ code: 'wrong-content-type', key, message, repairable: true }];
}

/** What is wrong with a page that is not as it should be. `text` is what is stored; undefined: nothing is. */
export function auditText(wanted: Page, text: string | undefined, files: Pick<Files, 'get'>): Disagreement[] {
  const { key } = wanted;
  if (text === undefined)
    return [{ code: 'missing-page', key, message: `${key} is not there`, repairable: true }];
  const whole = pageText(wanted.content);
  if (text === whole) return []; // written meanwhile
  if (isCutShort(key, text, whole))
    return [{ code: 'half-page', key, message: `${key} ends in the middle`, repairable: true }];
  const wrong = compareLinks(wanted, text, files);
  if (wrong.length > 0) return wrong;
  const message = `${key} is not what the objects and their records say`;
  return [{ code: 'stale-page', key, message, repairable: true }];
}

/** The page of a project that has no files, or of none. One that is not ours is left to whoever made it. */
export function strayPage(key: string, isOurs: boolean): Disagreement {
  const message = `${key} is the page of a project that has no files here`;
  return { code: 'stray-page', key, message, repairable: isOurs };
}

/** A folder says nothing of types; a store may write them in another case, or without spaces. */
function hasType({ contentType }: ReadPage, { headers }: Page): boolean {
  const plain = (type: string) => type.toLowerCase().replace(/\s/g, '');
  return contentType === undefined || plain(contentType) === plain(headers.contentType);
}

function isCutShort(key: string, text: string, whole: string): boolean {
  if (text === '' || whole.startsWith(text)) return true;
  return key.endsWith('.json') ? !text.trimEnd().endsWith('}') : !/<\/html>\s*$/i.test(text);
}

/** What the links of a page say that is not so. Pages without links of files differ in the whole only. */
function compareLinks({ key, headers }: Page, text: string, files: Pick<Files, 'get'>): Disagreement[] {
  if (key === metadataKey) return [];
  const page = {
    url: new URL(encodeURI(key), 'https://wheelhouse.invalid/').href,
    contentType: headers.contentType,
  };
  const found: Disagreement[] = [];
  for (const { filename, hashes } of parseListing(text, page).links) {
    const file = files.get(filename);
    const sha256 = hashes['sha256'];
    const told = { key, filename, repairable: true };
    if (file === undefined)
      found.push({
        ...told,
        code: 'missing-object',
        message: `${key} lists ${filename}, which is not there`,
      });
    else if (sha256 !== file.sha256 && sha256 !== undefined && file.sha256 !== undefined)
      found.push({
        ...told,
        code: 'wrong-digest',
        message: `${key} gives ${filename} another sha256 than its record`,
      });
  }
  return found;
}

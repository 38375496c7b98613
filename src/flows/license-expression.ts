/**
 * What is wrong with the form of a License-Expression (PEP 639); undefined where nothing is. Whether SPDX lists the
 * licences that it names is not looked up.
 */
export function licenseExpressionFlaw(text: string): string | undefined {
  let before: Kind = 'open';
  let last: string | undefined;
  let depth = 0;
  for (const token of text.replace(/[()]/g, ' $& ').split(/\s+/)) {
    if (token === '') continue;
    const kind = kindOf(token, before);
    if (kind === undefined) return `“${token}” is no identifier of SPDX`;
    if (!followers[before].includes(kind))
      return `“${token}” cannot stand ${last === undefined ? 'at its beginning' : `after “${last}”`}`;
    if (kind === 'open') depth++;
    if (kind === 'close') depth--;
    if (depth < 0) break;
    before = kind;
    last = token;
  }
  if (depth !== 0) return 'its parentheses are not in pairs';
  return followers[before].includes('close') ? undefined : `it ends in “${last ?? ''}”`;
}

type Kind = 'open' | 'close' | 'operator' | 'with' | 'licence' | 'exception';

/** Both ends of an expression count as parentheses. */
const followers: Readonly<Record<Kind, readonly Kind[]>> = {
  open: ['open', 'licence'],
  operator: ['open', 'licence'],
  with: ['exception'],
  licence: ['operator', 'with', 'close'],
  exception: ['operator', 'close'],
  close: ['operator', 'close'],
};

const words: Readonly<Record<string, Kind>> = {
  '(': 'open',
  ')': 'close',
  and: 'operator',
  or: 'operator',
  with: 'with',
};

function kindOf(token: string, before: Kind): Kind | undefined {
  const word = token.toLowerCase();
  if (Object.hasOwn(words, word)) return words[word];
  if (before === 'with') return /^[a-z0-9.-]+$/.test(word) ? 'exception' : undefined;
  // SPDX has words for "none" and "not said"; PyPI takes neither.
  if (word === 'none' || word === 'noassertion') return undefined;
  const form = word.startsWith('licenseref-') ? /^licenseref-[a-z0-9.-]+$/ : /^[a-z0-9.-]+\+?$/;
  return form.test(word) ? 'licence' : undefined;
}

import { orderFlaw, type TokenOrder } from './token-order.ts';

/**
 * What is wrong with the form of a License-Expression (PEP 639); undefined where nothing is. Whether SPDX lists the
 * licences that it names is not looked up.
 */
export function licenseExpressionFlaw(text: string): string | undefined {
  const tokens = text.replace(/[()]/g, ' $& ').split(/\s+/);
  return orderFlaw(
    tokens.filter((token) => token !== ''),
    expression,
  );
}

const words = {
  '(': 'open',
  ')': 'close',
  and: 'operator',
  or: 'operator',
  with: 'with',
} as const;

const expression: TokenOrder<'operator' | 'with' | 'licence' | 'exception'> = {
  followers: {
    open: ['open', 'licence'],
    operator: ['open', 'licence'],
    with: ['exception'],
    licence: ['operator', 'with', 'close'],
    exception: ['operator', 'close'],
    close: ['operator', 'close'],
  },
  kindOf(token, before) {
    const word = token.toLowerCase();
    if (isWord(word)) return words[word];
    if (before === 'with') return /^[a-z0-9.-]+$/.test(word) ? 'exception' : undefined;
    // SPDX has words for "none" and "not said"; PyPI takes neither.
    if (word === 'none' || word === 'noassertion') return undefined;
    const form = word.startsWith('licenseref-') ? /^licenseref-[a-z0-9.-]+$/ : /^[a-z0-9.-]+\+?$/;
    return form.test(word) ? 'licence' : undefined;
  },
  noun: 'identifier of SPDX',
};

function isWord(word: string): word is keyof typeof words {
  return Object.hasOwn(words, word);
}

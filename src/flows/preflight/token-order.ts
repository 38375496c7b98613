/** The tokens of a small language with parentheses, and what may follow what. Both ends count as parentheses. */
export interface TokenOrder<Kind extends string> {
  readonly followers: Readonly<Record<Kind | 'open' | 'close', readonly (Kind | 'open' | 'close')[]>>;
  /** Undefined for what is no token. */
  readonly kindOf: (token: string, before: Kind | 'open' | 'close') => Kind | 'open' | 'close' | undefined;
  /** What every token but parentheses and words of the language is called. */
  readonly noun: string;
}

/** The first thing that is out of place among the tokens, in words; undefined where all is in order. */
export function orderFlaw<Kind extends string>(
  tokens: Iterable<string>,
  { followers, kindOf, noun }: TokenOrder<Kind>,
): string | undefined {
  let before: Kind | 'open' | 'close' = 'open';
  let last: string | undefined;
  let depth = 0;
  for (const token of tokens) {
    const kind = kindOf(token, before);
    if (kind === undefined) return `“${token}” is no ${noun}`;
    if (!followers[before].includes(kind))
      return `“${token}” cannot stand ${last === undefined ? 'at its beginning' : `after “${last}”`}`;
    if (kind === 'open') depth++;
    if (kind === 'close') depth--;
    if (depth < 0) break;
    before = kind;
    last = token;
  }
  if (depth !== 0) return 'its parentheses are not in pairs';
  if (followers[before].includes('close')) return undefined;
  return last === undefined ? 'it is empty' : `it ends in “${last}”`;
}

import { orderFlaw, type TokenOrder } from './token-order.ts';

/** What is wrong with the form of an environment marker (PEP 508); undefined where nothing is. */
export function markerFlaw(text: string): string | undefined {
  return orderFlaw(
    Array.from(text.matchAll(token), ([found]) => found),
    marker,
  );
}

/** What is none comes by the character, so that it is named. */
const token = /"[^"]*"|'[^']*'|not[ \t]+in\b|[\w.]+|===|[=~!<>]=|[()<>]|[^ \t]/g;

const marker: TokenOrder<'left' | 'comparison' | 'right' | 'operator'> = {
  followers: {
    open: ['open', 'left'],
    operator: ['open', 'left'],
    left: ['comparison'],
    comparison: ['right'],
    right: ['operator', 'close'],
    close: ['operator', 'close'],
  },
  kindOf(found, before) {
    if (found === '(') return 'open';
    if (found === ')') return 'close';
    if (found === 'and' || found === 'or') return 'operator';
    if (/^(?:in|not[ \t]+in|===|[=~!<>]=|[<>])$/.test(found)) return 'comparison';
    const side = before === 'comparison' ? 'right' : 'left';
    return variables.test(found) || /^(?:"[^"]*"|'[^']*')$/.test(found) ? side : undefined;
  },
  noun: 'variable of markers, and not quoted',
};

/** With the dots of older tools. */
const variables = new RegExp(
  '^(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system)|' +
    'platform[._](?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|' +
    'extras?|dependency_groups)$',
);

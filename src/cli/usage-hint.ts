/** What to do about wrong usage, by the words of the parser. */
export function usageHint(message: string): string {
  const found = hints.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? '--help lists what can be given';
}

/** What people write who come from twine, pip or aws. */
const hints: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /too many arguments for '(?:upload|publish)'/,
    'files are given by their folder, --local-folder (default: dist), not one by one',
  ],
  [
    /unknown option '(?:-r|--repository|--repository-url)'/,
    'to a registry files go with wheelhouse publish; this command has none',
  ],
  [
    /unknown option '(?:-i|-f|--index-url|--extra-index-url|--find-links)'/,
    'indexes are arguments: wheelhouse fetch PROJECT INDEX…',
  ],
  [/unknown option '--(?:quiet|verbose|json)'/, 'options go behind the command'],
  [/required option '--to/, 'wheelhouse mirror INDEX… --to CONTAINER'],
];

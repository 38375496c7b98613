import { escapeHtml } from './markup.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

/** The parts of a page, each as markup but the title. */
export interface PageParts {
  readonly title: string;
  /** What stands under the heading. */
  readonly summary: string;
  /** What is searched for, as the search field says it. Without it there is nothing to search. */
  readonly searched?: string | undefined;
  readonly content: Iterable<string>;
  /** Where the page above is. A button and no link: on a simple page every anchor names a file (PEP 503). */
  readonly parent?: { readonly path: string; readonly name: string };
}

/**
 * One page around its content, piece by piece: a page of 100,000 files is never held whole. Ids begin with `_` where
 * they are not a project's: no normalized name does. There is no `<base>`, and no anchor but those of the content.
 */
export function* renderFrame({ title, summary, searched, content, parent }: PageParts): Generator<string> {
  const back =
    parent === undefined
      ? ''
      : `<form action="${parent.path}"><button class="back">← ${escapeHtml(parent.name)}</button></form>\n`;
  const search = searched === undefined ? '' : searchField(searched);
  yield `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="pypi:repository-version" content="1.1">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="wheelhouse-uploader">
<link rel="icon" href='data:,'>
<title>${escapeHtml(title)}</title>
<style>
${pageStyle}
</style>
</head>
<body>
<header>
${back}<h1>${escapeHtml(title)}</h1>
<p class="soft">${summary}</p>
</header>
<main>
${search}`;
  yield* content;
  yield `</main>
<script>
${pageScript}
</script>
</body>
</html>
`;
}

/** Hidden until the script is there that makes it work. */
function searchField(searched: string): string {
  return `<form role="search" hidden><label><input type="search" id="_search" placeholder="Search ${searched}" aria-label="Search ${searched}" autocomplete="off" spellcheck="false"></label><output aria-live="polite"></output></form>
`;
}

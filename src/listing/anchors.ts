import { Tokenizer } from 'htmlparser2';

const attributeNames = [
  'href',
  'data-requires-python',
  'data-yanked',
  'data-core-metadata',
  'data-dist-info-metadata',
] as const;
type AnchorAttribute = (typeof attributeNames)[number];

/** The attributes of an `<a>` that an index uses, entities decoded; one without a value is the empty string. */
export type Anchor = Partial<Record<AnchorAttribute, string>>;

/** No URL or reason is near this long, and a page made of entities would otherwise fill the memory. */
const maxValueLength = 64 * 1024;

/**
 * The anchors of an HTML page in order, and its first `<base href>`. Works on the tokens and builds no tree: the
 * tree's parser takes quadratic time for unclosed elements (a million `<div>`: minutes; so: a tenth of a second).
 */
export function readAnchors(html: string): { anchors: Anchor[]; baseHref?: string } {
  const anchors: Anchor[] = [];
  let baseHref: string | undefined;
  let tag: string | undefined;
  let current: Anchor = {};
  let attribute: AnchorAttribute | undefined;
  let value = '';
  const append = (piece: string) => {
    if (attribute !== undefined && value.length <= maxValueLength) value += piece;
  };
  const endTag = () => {
    if (tag === 'a' && current.href !== undefined) anchors.push(current);
    if (tag === 'base') baseHref ??= current.href;
    tag = undefined;
  };
  const tokenizer = new Tokenizer(
    {},
    {
      onopentagname(start, end) {
        // Most tags are neither: they are told by their length, and nothing is copied.
        const name =
          end - start === 1 || end - start === 4 ? html.slice(start, end).toLowerCase() : undefined;
        tag = name === 'a' || name === 'base' ? name : undefined;
        if (tag !== undefined) current = {};
      },
      onattribname(start, end) {
        if (tag === undefined || end - start > 32) return;
        const name = html.slice(start, end).toLowerCase();
        attribute = attributeNames.find((known) => known === name);
        value = '';
      },
      onattribdata: (start, end) => append(html.slice(start, end)),
      onattribentity: (codePoint) => append(String.fromCodePoint(codePoint)),
      onattribend() {
        // The first of two attributes of one name counts, as in a browser.
        if (attribute !== undefined && value.length <= maxValueLength) current[attribute] ??= value;
        attribute = undefined;
      },
      onopentagend: endTag,
      onselfclosingtag: endTag,
      onclosetag: ignore,
      ontext: ignore,
      ontextentity: ignore,
      oncomment: ignore,
      oncdata: ignore,
      ondeclaration: ignore,
      onprocessinginstruction: ignore,
      onend: ignore,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return baseHref === undefined ? { anchors } : { anchors, baseHref };
}

function ignore(): void {
  // Text, comments and closing tags say nothing of links.
}

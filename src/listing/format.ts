/** How the body of an index is written. */
export type Format = 'html' | 'json' | 'xml';

/** The listings of object stores by their root element; other XML is read as HTML, which XHTML pages need. */
const storeListing =
  /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?<(?:[\w-]+:)?(?:ListBucketResult|EnumerationResults)[\s/>]/;

/** The body decides before its content type: stores serve saved indexes as `binary/octet-stream`, or say nothing. */
export function detectFormat(body: string, contentType = ''): Format {
  const start = /^\uFEFF?\s*(?<first>\S)/.exec(body)?.groups?.['first'];
  if (start === '{') return 'json';
  if (start === '<') return storeListing.test(body) ? 'xml' : 'html';
  return /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType) ? 'json' : 'html';
}

/**
 * Whether an HTML page ends before its end: it opens `html` or `body` and closes neither, or stops inside a tag. A
 * browser shows such a page all the same, so only this tells a cut-off index from a whole one. Never of JSON and XML,
 * which {@link detectFormat} tells and whose parsers throw.
 */
export function looksTruncated(body: string): boolean {
  if (detectFormat(body) !== 'html') return false;
  const lastOpen = body.lastIndexOf('<');
  if (lastOpen > body.lastIndexOf('>') && /^<[a-z/!]/i.test(body.slice(lastOpen, lastOpen + 2))) return true;
  return /<(?:html|body)[\s>]/i.test(body) && !/<\/(?:html|body)\s*>/i.test(body);
}

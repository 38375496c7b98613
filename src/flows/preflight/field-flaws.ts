/** What is wrong with a Description-Content-Type. */
export function contentTypeFlaws(value: string | undefined): string[] {
  if (value === undefined) return [];
  const [type = '', ...parameters] = value.split(';').map((part) => part.trim());
  const flaws: string[] = [];
  if (!['text/plain', 'text/x-rst', 'text/markdown'].includes(type.toLowerCase()))
    flaws.push(`Description-Content-Type ${type} must be text/markdown, text/x-rst or text/plain`);
  for (const parameter of parameters) {
    const [key = '', raw = ''] = parameter.split('=', 2);
    const setting = raw.trim().replace(/^"(.*)"$/, '$1');
    if (/^charset$/i.test(key.trim()) && !/^utf-8$/i.test(setting))
      flaws.push(`Description-Content-Type: the charset must be UTF-8, not ${setting}`);
    if (
      /^variant$/i.test(key.trim()) &&
      type.toLowerCase() === 'text/markdown' &&
      !/^(?:GFM|CommonMark)$/.test(setting)
    )
      flaws.push(`Description-Content-Type: the variant must be GFM or CommonMark, not ${setting}`);
  }
  return flaws;
}

function splitProjectUrl(text: string): { label: string; url: string } {
  const comma = text.indexOf(',');
  if (comma === -1) return { label: text.trim(), url: '' };
  return { label: text.slice(0, comma).trim(), url: text.slice(comma + 1).trim() };
}

function repeated(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, i) => texts.indexOf(text) !== i))];
}

/** What is wrong with the values of Project-URL. */
export function projectUrlFlaws(texts: readonly string[]): string[] {
  const labels = repeated(texts.map((text) => splitProjectUrl(text).label));
  return [
    ...texts.flatMap(flawsOfOne),
    ...labels.map((label) => `Project-URL: the label ${label} is given more than once`),
  ];
}

function flawsOfOne(text: string): string[] {
  const { label, url } = splitProjectUrl(text);
  if (label === '') return [`Project-URL: ${text} has no label`];
  const length = countCharacters(label);
  if (length > 32) return [`Project-URL: the label ${label} has ${length} characters; PyPI takes 32`];
  if (url === '') return [`Project-URL: ${label} has no URL`];
  return isWebUrl(url) ? [] : [`Project-URL: ${url} is no http or https URL`];
}

export function isWebUrl(text: string): boolean {
  return /^https?:/i.test(text) && !/[\s<>"{}|\\^`]/.test(text) && URL.canParse(text);
}

/** Whether the first address of a list such as `Ann <ann@example.org>, bob@example.org` is one. */
export function isAddress(text: string): boolean {
  const [, bracketed] = /<([^>]*)>/.exec(text) ?? [];
  const [address = ''] = (bracketed ?? text).split(',', 1);
  return /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$/.test(address.trim());
}

/** Code points, as Python counts. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

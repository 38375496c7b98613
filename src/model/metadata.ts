/** Fields that may be given several times, in any metadata version from 1.0 to 2.6. */
export const multipleUseFields = [
  'classifier',
  'dynamic',
  'import_name',
  'import_namespace',
  'license_file',
  'obsoletes',
  'obsoletes_dist',
  'platform',
  'project_url',
  'provides',
  'provides_dist',
  'provides_extra',
  'requires',
  'requires_dist',
  'requires_external',
  'supported_platform',
] as const;
export type MultipleUseField = (typeof multipleUseFields)[number];

/** Fields that may be given once, in any metadata version from 1.0 to 2.6. */
export const singleUseFields = [
  'author',
  'author_email',
  'description',
  'description_content_type',
  'download_url',
  'home_page',
  'keywords',
  'license',
  'license_expression',
  'maintainer',
  'maintainer_email',
  'metadata_version',
  'name',
  'requires_python',
  'summary',
  'version',
] as const;
export type SingleUseField = (typeof singleUseFields)[number];

/**
 * Core metadata by field name, lower-case with `_`. Known fields are typed; an unknown one is a string, or an array
 * when it was given several times.
 */
export type CoreMetadata = Readonly<Record<string, string | readonly string[] | undefined>> &
  Readonly<Partial<Record<SingleUseField, string>>> &
  Readonly<Partial<Record<MultipleUseField, readonly string[]>>>;

/** A document's fields, and those that it gives in a way that leaves open what they are. */
export interface ReadMetadata {
  readonly fields: CoreMetadata;
  /** Fields of single use that were given several times, with all their values: no tool agrees on which one counts. */
  readonly ambiguous: Readonly<Record<string, readonly string[]>>;
}

/** The fields of a METADATA or PKG-INFO document (PEP 566). Never throws; a field that is ambiguous is left out. */
export function parseMetadata(text: string): CoreMetadata {
  return readMetadata(text).fields;
}

/**
 * {@link parseMetadata}, with what it left out. A single-use field that is given twice is not read, and neither is a
 * description both in a header and in the body: `packaging` (and so PyPI and twine) does the same.
 */
export function readMetadata(text: string): ReadMetadata {
  const { headers, body } = splitDocument(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const values = new Map<string, string[]>();
  const add = (field: string, value: string) => {
    const before = values.get(field);
    if (before === undefined) values.set(field, [value]);
    else before.push(value);
  };
  for (const [name, value] of headers) {
    const field = name.toLowerCase().replaceAll('-', '_');
    add(field, multilineFields.has(field) ? unfoldText(value) : unfoldLine(value));
  }
  if (body !== '') add('description', body);

  const fields = new Map<string, string | readonly string[]>();
  const ambiguous = new Map<string, readonly string[]>();
  for (const [field, given] of values) {
    const [first = ''] = given;
    if (isMultipleUse(field)) fields.set(field, given);
    else if (given.length === 1) fields.set(field, first);
    else if (isSingleUse(field)) ambiguous.set(field, given);
    else fields.set(field, given);
  }
  // fromEntries defines properties, so a header named `__proto__` is a field like any other.
  return {
    fields: Object.fromEntries(fields),
    ambiguous: Object.fromEntries(ambiguous),
  };
}

/** The fields that say something: without empty values and the `UNKNOWN` that old tools wrote for "none". */
export function presentFields(metadata: CoreMetadata): CoreMetadata {
  const present: [string, string | readonly string[]][] = [];
  for (const [field, value] of Object.entries(metadata)) {
    if (typeof value === 'string') {
      if (says(value)) present.push([field, value]);
    } else {
      const values = value?.filter(says) ?? [];
      if (values.length > 0) present.push([field, values]);
    }
  }
  return Object.fromEntries(present);
}

function says(value: string): boolean {
  const text = value.trim();
  return text !== '' && text !== 'UNKNOWN';
}

interface Document {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Splits as Python's `email` does: a line that is neither header nor continuation begins the body. */
function splitDocument(text: string): Document {
  const headers: (readonly [name: string, value: string])[] = [];
  const line = /([^\r\n]*)(\r\n|\r|\n|$)/y;
  let open: { name: string; lines: string[] } | undefined;
  const close = () => {
    if (open !== undefined) headers.push([open.name, open.lines.join('\n')]);
    open = undefined;
  };
  while (line.lastIndex < text.length) {
    const start = line.lastIndex;
    const content = line.exec(text)?.[1] ?? '';
    if (/^[ \t]/.test(content)) {
      open?.lines.push(content);
      continue;
    }
    close();
    if (content === '') return { headers, body: text.slice(line.lastIndex) };
    const colon = content.indexOf(':');
    if (!/^[!-9;-~]*$/.test(colon === -1 ? ' ' : content.slice(0, colon))) {
      return { headers, body: text.slice(start) };
    }
    if (colon > 0) open = { name: content.slice(0, colon), lines: [content.slice(colon + 1).trimStart()] };
  }
  close();
  return { headers, body: '' };
}

/** Fields whose line breaks are part of the value: a description, and a licence's whole text. */
const multilineFields: ReadonlySet<string> = new Set(['description', 'license']);

/** By lines, because a pattern for "blanks, line end, blanks" is quadratic on a long run of blanks. */
function unfoldLine(value: string): string {
  const lines = value.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}

/**
 * Takes off what old tools put before the lines of a long value: 7 spaces and a bar (the specification's own way),
 * or 8 spaces (distutils').
 */
function unfoldText(value: string): string {
  const [first = '', ...rest] = value.split('\n');
  const barred = rest.some((line) => line.startsWith('       |'));
  const prefix = barred ? /^ {7}\|/ : /^ {1,8}|^\t/;
  return [first, ...rest.map((line) => line.replace(prefix, ''))].join('\n').trimEnd();
}

function isMultipleUse(field: string): boolean {
  return (multipleUseFields as readonly string[]).includes(field);
}

function isSingleUse(field: string): boolean {
  return (singleUseFields as readonly string[]).includes(field);
}

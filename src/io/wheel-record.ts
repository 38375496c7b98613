/** One row of a wheel's RECORD: `path,hash,size`. */
export interface RecordRow {
  readonly path: string;
  readonly hash: string;
  readonly size: string;
}

/** The rows of a RECORD, which is CSV as Python's `csv` module reads it: quotes where a path holds a comma. */
export function parseRecord(text: string): RecordRow[] {
  const rows: RecordRow[] = [];
  for (const line of csvLines(text)) {
    const [path = '', hash = '', size = ''] = line;
    if (path !== '') rows.push({ path, hash, size });
  }
  return rows;
}

/** RECORD's text for these rows. */
export function renderRecord(rows: readonly RecordRow[], newline: '\n' | '\r\n' = '\n'): string {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => `${field(row.path)},${field(row.hash)},${field(row.size)}${newline}`).join('');
}

/**
 * How RECORD and the files of a wheel disagree. RECORD's own signatures are never listed in it; folders need not be.
 */
export function compareRecord(
  rows: readonly RecordRow[],
  files: readonly string[],
  metadataFolder: string,
): { unrecorded: string[]; unfound: string[] } {
  const exempt = new Set([`${metadataFolder}/RECORD.jws`, `${metadataFolder}/RECORD.p7s`]);
  // Some old wheels record Windows paths.
  const recorded = new Set(rows.map(({ path }) => path.replaceAll('\\', '/')));
  const present = new Set(files);
  return {
    unrecorded: files.filter((name) => !recorded.has(name) && !exempt.has(name)),
    unfound: [...recorded].filter((path) => !present.has(path) && !path.endsWith('/')),
  };
}

function* csvLines(text: string): Generator<string[]> {
  const token = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  let position = 0;
  let fields: string[] = [];
  while (position < text.length) {
    token.lastIndex = position;
    const match = token.exec(text);
    const plain = match?.[2];
    fields.push(plain ?? match?.[1]?.replaceAll('""', '"') ?? '');
    position = token.lastIndex;
    const next = text[position];
    if (next === ',') {
      position += 1;
      continue;
    }
    // The end of a row, or a stray quote, of which nothing good can be made: the rest of the line is dropped.
    const end = text.indexOf('\n', position);
    position = end === -1 ? text.length : end + 1;
    yield fields;
    fields = [];
  }
  if (fields.length > 0) yield fields;
}

/** One part of a form as it came over the wire. */
export interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly content: Buffer;
}

/** Parses `multipart/form-data` by RFC 7578 and 2046, strictly: whatever a lenient server would forgive is an error. */
export function parseMultipart(body: Buffer, contentType: string): Part[] {
  const boundary = /^multipart\/form-data; boundary=("?)([\w'()+,./:=?-]{1,70})\1$/.exec(contentType)?.[2];
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`);
  const opening = Buffer.from(`--${boundary}\r\n`);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  if (!body.subarray(0, opening.length).equals(opening))
    throw new Error('the form does not begin with its boundary');
  const parts: Part[] = [];
  let start = opening.length;
  for (;;) {
    const end = body.indexOf(delimiter, start);
    if (end === -1) throw new Error('the form ends without its last boundary');
    parts.push(parsePart(body.subarray(start, end)));
    const after = body.subarray(end + delimiter.length);
    if (after.equals(Buffer.from('--\r\n'))) return parts;
    if (after.subarray(0, 2).toString('latin1') !== '\r\n') throw new Error('bytes follow a boundary');
    start = end + delimiter.length + 2;
  }
}

function parsePart(bytes: Buffer): Part {
  const blank = bytes.indexOf('\r\n\r\n');
  if (blank === -1) throw new Error('a part has no headers');
  const headers = new Map<string, string>();
  for (const line of bytes.subarray(0, blank).toString('utf8').split('\r\n')) {
    const [, name, value] = /^([\w-]+): (.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`a malformed header: ${line}`);
    if (headers.has(name.toLowerCase())) throw new Error(`the header ${name} twice`);
    headers.set(name.toLowerCase(), value);
  }
  const disposition = headers.get('content-disposition') ?? '';
  const [, name, filename] = /^form-data; name="([^"]*)"(?:; filename="([^"]*)")?$/.exec(disposition) ?? [];
  if (name === undefined) throw new Error(`no form-data: ${disposition}`);
  const contentType = headers.get('content-type');
  return {
    name,
    content: bytes.subarray(blank + 4),
    ...(filename === undefined ? {} : { filename }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

/** The text parts in their order, as name and value. */
export function textFields(parts: readonly Part[]): [name: string, value: string][] {
  return parts
    .filter(({ filename }) => filename === undefined)
    .map(({ name, content }) => [name, content.toString('utf8')]);
}

import { STATUS_CODES } from 'node:http';

/** What a registry answered to an upload, its body read as text up to a limit. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly contentType: string;
  /** Empty when there was none, or when it was too long or broke off. */
  readonly text: string;
}

/** Why a registry refused, in its own words: one line of at most 300 characters; undefined when it does not say. */
export function reasonIn(answer: Answer): string | undefined {
  const lines = bodyReasons(answer)
    .map((line) => withoutStatus(oneLine(line), answer.status))
    .filter((line) => line !== '');
  // Older PyPI and devpi put their reason into the status line.
  const said = [...lines, oneLine(answer.statusText)].filter((line) => line !== '');
  return said.find((line) => !isGeneric(line)) ?? said[0];
}

function bodyReasons({ contentType, text }: Answer): readonly string[] {
  const body = text.trim();
  if (body === '') return [];
  if (/\bjson\b/i.test(contentType) || /^[{[]/.test(body)) {
    try {
      return jsonReasons(JSON.parse(body));
    } catch {
      // Not what it says it is: take it for text.
    }
  }
  if (/\bhtml\b/i.test(contentType) || body.startsWith('<')) return htmlReasons(body);
  return body.split('\n');
}

/** The sentences in an error object: `message`, `error`, … as text, as a list, or nested, in that order. */
function jsonReasons(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return value.split('\n');
  if (depth > 4 || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => jsonReasons(item, depth + 1));
  const known = ['message', 'error', 'errors', 'error_description', 'detail', 'title', 'reason'];
  const entries = new Map<string, unknown>(Object.entries(value));
  const named = known.flatMap((key) => jsonReasons(entries.get(key), depth + 1));
  if (named.length > 0) return named;
  // GitLab nests by field: {"message": {"base": ["…"]}}.
  return depth === 0
    ? fieldReasons(entries)
    : [...entries.values()].flatMap((item) => jsonReasons(item, depth + 1));
}

/** Rails' `errors`, as Buildkite Packages (legacy) has them: `{"filename": ["has already been taken"]}`, in one line. */
function fieldReasons(entries: ReadonlyMap<string, unknown>): string[] {
  const reasons = [...entries].flatMap(([field, said]) =>
    Array.isArray(said)
      ? said
          .filter((one) => typeof one === 'string')
          .map((one) => (field === 'base' ? one : `${field} ${one}`))
      : [],
  );
  return reasons.length === 0 ? [] : [reasons.join(', ')];
}

/**
 * bottle (pypiserver) says its reason in `<pre>`, S3 in `<Message>`, others in the title or the first heading, Flask in
 * the first paragraph; and many a server calls plain words HTML, because it calls everything so.
 */
function htmlReasons(html: string): string[] {
  if (!html.includes('<')) return unescapeHtml(html).split('\n');
  return ['pre', 'message', 'title', 'h1', 'p'].flatMap((tag) => {
    const content = new RegExp(`<${tag}(?:\\s[^>]*)?>([^<]*)`, 'i').exec(html)?.[1] ?? '';
    return unescapeHtml(content).trim().split('\n');
  });
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#39': "'",
  '#039': "'",
  '#x27': "'",
};

function unescapeHtml(text: string): string {
  return text.replace(
    /&(amp|lt|gt|quot|apos|#0?39|#x27);/gi,
    (whole, name: string) => entities[name.toLowerCase()] ?? whole,
  );
}

/** Foreign text as it may be printed: no control characters, no line breaks, not too long. */
function oneLine(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** `400 File already exists` says the status a second time. */
function withoutStatus(line: string, status: number): string {
  return line.startsWith(`${status} `) ? line.slice(4).trim() : line;
}

/** What frameworks say of a status on their own; it never tells what is wrong with this upload. */
function isGeneric(line: string): boolean {
  const plain = line
    .toLowerCase()
    .replace(/^error:?\s*/, '')
    .replace(/^\d{3}\s+/, '')
    .replace(/[.!]$/, '');
  if (
    /^(?:the server could not comply with the request|access was denied to this resource|the resource could not be found)/.test(
      plain,
    )
  )
    return true;
  return Object.values(STATUS_CODES).some((phrase) => phrase?.toLowerCase() === plain);
}

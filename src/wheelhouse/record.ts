import { isDigest } from '../model/digest.ts';

/** What is known of an artifact beyond the digest and the size that its record's name carries. */
export interface RecordBody {
  /** ISO 8601 in UTC. */
  readonly uploaded?: string;
  readonly requiresPython?: string;
  /** SHA-256 of the core metadata beside the wheel. */
  readonly metadataSha256?: string;
}

/** A record as JSON values, in the order in which they are written; `metadata.json` repeats the same names. */
export function recordFields({ uploaded, requiresPython, metadataSha256 }: RecordBody): object {
  return { uploaded, 'requires-python': requiresPython, 'metadata-sha256': metadataSha256 };
}

/** The record that these JSON values hold. A field of the wrong form is passed over, an unknown one ignored. */
export function recordBody(fields: Readonly<Record<string, unknown>>): RecordBody {
  const uploaded = fields['uploaded'];
  const requiresPython = fields['requires-python'];
  const metadataSha256 = fields['metadata-sha256'];
  return {
    ...(isUtcTime(uploaded) ? { uploaded } : {}),
    ...(typeof requiresPython === 'string' && requiresPython !== '' ? { requiresPython } : {}),
    ...(typeof metadataSha256 === 'string' && isDigest('sha256', metadataSha256) ? { metadataSha256 } : {}),
  };
}

export function renderRecord(body: RecordBody): string {
  return `${JSON.stringify(recordFields(body))}\n`;
}

/** Reads a record's body; one that is no JSON object says nothing, and the record's name still stands. */
export function parseRecord(text: string): RecordBody {
  return recordBody(parseJsonObject(text) ?? {});
}

/** The JSON object in a text, or undefined if it holds anything else. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller says what that means
  }
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUtcTime(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

import { WheelhouseError } from '../model/errors.ts';
import type { HttpResponse } from '../io/http.ts';

/** No answer of these interfaces comes near it. */
const mostAnswerBytes = 64 * 1024;

/** The members of the JSON object that was answered; throws `REJECTED` for anything else, such as a login page. */
export async function readJsonObject(
  response: HttpResponse,
  what: string,
): Promise<ReadonlyMap<string, unknown>> {
  const text = await response.text(mostAnswerBytes);
  const members = membersOf(text);
  if (members !== undefined) return members;
  throw new WheelhouseError('REJECTED', `${what}: ${response.url.host} answered what is no JSON object`, {
    status: response.status,
    hint: 'a proxy or a login page may have answered in its stead',
  });
}

/** The members of a JSON object; undefined for any other text. */
export function membersOf(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return new Map<string, unknown>(Object.entries(value));
  } catch {
    return undefined;
  }
}

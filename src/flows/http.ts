import { createHttp, type HttpClient } from '../io/http.ts';
import { withOpened } from './opened.ts';

interface HttpNeeds {
  readonly http?: HttpClient | undefined;
  readonly maxWorkers?: number | undefined;
  readonly indexes: readonly string[];
}

/** Acts with the client that is given, else with one of its own for so many files and indexes at the same time. */
export function withHttp<R>(
  { http, maxWorkers = 4, indexes }: HttpNeeds,
  act: (http: HttpClient) => Promise<R>,
): Promise<R> {
  const connections = Math.max(maxWorkers, indexes.length);
  return withOpened(http ?? { open: () => Promise.resolve(createHttp({ connections })) }, act);
}

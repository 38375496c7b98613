import { createHttp, type HttpClient } from '../io/http.ts';

interface Closable {
  close(): Promise<void>;
}

/** Acts on what is given open, which its giver closes; what is opened for the act is closed after it. */
export async function withOpened<T extends Closable, R>(
  given: T | { open(): Promise<T> },
  act: (opened: T) => Promise<R>,
): Promise<R> {
  if (!('open' in given)) return act(given);
  const opened = await given.open();
  try {
    return await act(opened);
  } finally {
    await opened.close();
  }
}

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

import { createHttp } from '../../src/io/http.ts';
import { fetchArtifacts, type FetchOptions } from '../../src/flows/fetch.ts';
import { reasonOf, WheelhouseError } from '../../src/model/errors.ts';
import type { ArtifactResult, FetchOutcome, Summary, WheelhouseEvent } from '../../src/model/events.ts';

export interface Fetched {
  readonly summary: Summary<FetchOutcome> | undefined;
  readonly error: WheelhouseError | undefined;
  readonly events: readonly WheelhouseEvent[];
  /** Everything that anyone could come to read of it. */
  readonly said: string;
  readonly outcomes: Readonly<Record<string, FetchOutcome>>;
  result(filename: string): ArtifactResult<FetchOutcome> | undefined;
}

/** Fetches with a client that soon loses its patience, and remembers everything that is said. */
export async function fetchFrom(
  indexes: readonly string[],
  options: Partial<FetchOptions> & { localFolder: string },
): Promise<Fetched> {
  const http = createHttp({
    environment: {},
    headersTimeoutMs: 300,
    bodyTimeoutMs: 300,
    connectTimeoutMs: 500,
  });
  const events: WheelhouseEvent[] = [];
  let summary: Summary<FetchOutcome> | undefined;
  let error: WheelhouseError | undefined;
  try {
    summary = await fetchArtifacts({
      project: 'proof',
      indexes,
      http,
      baseDelayMs: 1,
      onEvent: (event) => events.push(event),
      ...options,
    });
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError)) throw thrown;
    error = thrown;
  } finally {
    await http.close();
  }
  const artifacts = summary?.artifacts ?? [];
  return {
    summary,
    error,
    events,
    said: JSON.stringify([events, summary, error === undefined ? '' : textsOf(error)]),
    outcomes: Object.fromEntries(artifacts.map(({ filename, outcome }) => [filename, outcome])),
    result: (filename) => artifacts.find((artifact) => artifact.filename === filename),
  };
}

/** The message, hint and stack of an error, and of everything below it. */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [reasonOf(error)];
  const below = error instanceof WheelhouseError ? [...error.errors, error.hint ?? ''] : [];
  return [error.message, error.stack ?? '', ...[...below, error.cause].flatMap(textsOf)];
}

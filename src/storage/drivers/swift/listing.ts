import { readText } from '../../../io/http-body.ts';
import { WheelhouseError } from '../../../model/errors.ts';
import { exactBody } from '../../exact-body.ts';
import { bodyFailure } from './failure.ts';
import { announcedBytes, parsePage, type Entry } from './object.ts';
import type { Store } from './store.ts';

/** A page has 10,000 entries at most, unless the operator chose otherwise; a name is up to 1024 bytes, escaped. */
const mostPageBytes = 256 * 1024 ** 2;

/**
 * Every entry whose name starts with the prefix, in the order of the names' bytes. Swift ends a listing at its limit
 * (10,000, or what the operator chose) without saying so: only an empty page is the end.
 */
export async function* listEntries(
  store: Store,
  container: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Entry> {
  let marker = '';
  for (;;) {
    const page = await readPage(store, container, { format: 'json', prefix, marker }, signal);
    for (const entry of page) {
      // A store that does not know the marker would send its first page for ever.
      if (Buffer.compare(Buffer.from(entry.name), Buffer.from(marker)) <= 0)
        throw new WheelhouseError(
          'INVALID_LISTING',
          `the listing of ${container} does not go on after its page`,
        );
      marker = entry.name;
      yield entry;
    }
    if (page.length === 0) return;
  }
}

function readPage(
  store: Store,
  container: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  return store.call(`cannot list ${container}`, signal, async () => {
    const { headers, body } = await store.send({ method: 'GET', container, query }, signal);
    const what = `the listing of ${container}`;
    const exact = exactBody(body, {
      what,
      sizeBytes: announcedBytes(headers),
      translate: (thrown) => bodyFailure(thrown, what, signal),
    });
    return parsePage(await readText(exact, mostPageBytes, { what: container }), container);
  });
}

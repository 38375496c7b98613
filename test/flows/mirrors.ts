import { mirror } from '../../src/flows/mirror.ts';
import type { MirrorOptions } from '../../src/flows/mirror/options.ts';
import { createHttp } from '../../src/io/http.ts';
import type { MirrorOutcome, Summary, WheelhouseEvent } from '../../src/model/events.ts';
import type { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryContainer } from '../../src/storage/drivers/memory.ts';
import type { MadeDistribution } from '../make-distribution.ts';
import { page, versioned, type Route } from '../servers/index-server.ts';

export interface Mirrored {
  readonly summary: Summary<MirrorOutcome>;
  readonly events: readonly WheelhouseEvent[];
  readonly outcomes: Readonly<Record<string, MirrorOutcome>>;
  readonly errors: readonly string[];
  readonly container: MemoryContainer;
}

export const mirrorTime = new Date('2026-11-27T03:00:00Z');

/** Mirrors into a store in memory with a client that soon loses its patience; nothing waits for real. */
export async function mirrorTo(
  store: MemoryStore,
  indexes: readonly string[],
  options: Partial<MirrorOptions> = {},
): Promise<Mirrored> {
  const http = createHttp({
    environment: {},
    headersTimeoutMs: 1000,
    bodyTimeoutMs: 1000,
    connectTimeoutMs: 1000,
  });
  const container = openMemory({ store });
  const events: WheelhouseEvent[] = [];
  try {
    const summary = await mirror({
      container,
      indexes,
      http,
      baseDelayMs: 1,
      waiting: { sleep: () => Promise.resolve(), random: Math.random },
      clock: () => mirrorTime,
      onEvent: (event) => events.push(event),
      ...options,
    });
    const outcomes = Object.fromEntries(
      summary.artifacts.map(({ filename, outcome }) => [filename, outcome]),
    );
    const errors = events.flatMap((event) => (event.event === 'error' ? [event.message] : []));
    return { summary, events, outcomes, errors, container };
  } finally {
    await http.close();
  }
}

/** The routes of a simple index (PEP 503) with these files: its root, a page per project, and the files. */
export function simpleIndex(
  projects: Readonly<Record<string, readonly MadeDistribution[]>>,
): Record<string, Route> {
  const routes: Record<string, Route> = {
    '/simple/': versioned(page(Object.keys(projects).map((project) => ({ url: `${project}/` })))),
  };
  for (const [project, files] of Object.entries(projects)) {
    routes[`/simple/${project}/`] = versioned(
      page(
        files.map(({ filename, sha256 }) => ({ url: `../../files/${encodeURIComponent(filename)}`, sha256 })),
      ),
    );
    for (const { filename, bytes } of files) routes[`/files/${encodeURIComponent(filename)}`] = bytes;
  }
  return routes;
}

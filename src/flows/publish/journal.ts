import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../../model/errors.ts';
import type { EventSink } from '../../model/events.ts';
import type { PublishableArtifact } from '../../registry/target.ts';

/** Beside the artifacts, whose attempts it records: it goes where they go, and a dot file is no distribution. */
export const journalName = '.wheelhouse-publish.jsonl';

type Told = Pick<PublishableArtifact, 'filename' | 'sha256'>;

/** One line of the journal. */
interface JournalEntry {
  readonly event: 'attempt' | 'accepted' | 'already-there' | 'failed';
  readonly attempt?: number;
  readonly reason?: string;
}

/**
 * What was tried, one JSON line for each attempt and each answer. The registry's index is the truth; the journal says
 * what happened, and stands in where an index gives no digests.
 */
export interface Journal {
  /** Whether an earlier run had exactly these bytes accepted by this registry. */
  sentBefore(artifact: Told): boolean;
  /** Written and synced at once, but nobody has to wait for the disk: lines that come meanwhile are synced together. */
  record(artifact: Told, entry: JournalEntry): void;
  /** Ends it; a release that is complete and verified needs it no more, and it is removed. */
  close(options: { readonly complete: boolean }): Promise<void>;
}

/** Opens the journal of a folder for one registry. Where it cannot be kept it is done without, and a `detail` says so. */
export async function openJournal(folder: string, target: string, onEvent?: EventSink): Promise<Journal> {
  const path = join(folder, journalName);
  const accepted = new Set<string>();
  for (const line of await readLines(path)) {
    const entry = parseEntry(line);
    if (entry?.target === target && entry.event === 'accepted') accepted.add(keyOf(entry));
  }
  let file: FileHandle | undefined;
  let broken = false;
  let waiting = '';
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    try {
      while (waiting !== '' && !broken) {
        const lines = waiting;
        waiting = '';
        file ??= await open(path, 'a');
        await file.appendFile(lines);
        await file.datasync();
      }
    } catch (thrown) {
      broken = true;
      onEvent?.({ event: 'detail', message: `no journal is kept in ${folder}: ${reasonOf(thrown)}` });
    } finally {
      writing = undefined;
    }
  };
  return {
    sentBefore: (artifact) => accepted.has(keyOf(artifact)),
    record({ filename, sha256 }, entry) {
      const line = { time: new Date().toISOString(), target, filename, sha256, ...entry };
      waiting += `${JSON.stringify(line)}\n`;
      writing ??= write();
    },
    async close({ complete }) {
      await writing;
      await file?.close();
      if (complete) await rm(path, { force: true }).catch(() => undefined); // a left journal does no harm
    },
  };
}

function keyOf({ filename, sha256 }: Told): string {
  return `${sha256} ${filename}`;
}

async function readLines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n');
  } catch {
    return []; // no journal yet, or none that can be read: the index is the truth
  }
}

interface StoredEntry extends Told {
  readonly target: string;
  readonly event: string;
}

/** A line that a crash cut short is no entry. */
function parseEntry(line: string): StoredEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is StoredEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = new Map<string, unknown>(Object.entries(value));
  return ['target', 'filename', 'sha256', 'event'].every((name) => typeof entry.get(name) === 'string');
}

import type { Container } from '../storage/container.ts';
import type { OwnArtifact } from './claims.ts';
import type { Layout } from './layout.ts';
import type { RecordBodies } from './record-bodies.ts';
import type { Retention } from './retention.ts';

/** What all cycles of one run share. */
export interface Run {
  readonly container: Container;
  readonly conditional: boolean;
  /** `none`: only `metadata.json` is kept. */
  readonly layout: Layout | 'none';
  readonly own: ReadonlyMap<string, OwnArtifact>;
  /** Bodies of records as they were read or written. */
  readonly bodies: RecordBodies;
  readonly retention: Retention | undefined;
  /** The keys that this run has written and removed, in turns that lost a race too. */
  readonly done: { readonly written: Set<string>; readonly removed: Set<string> };
  /** File names that `metadata.json` has still listed, or again, in spite of their prune marks. */
  readonly relisted: Set<string>;
  readonly signal: AbortSignal | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  readonly warn: (message: string, hint: string) => void;
}

/** The pages that a cycle reads, and therefore may write. */
export interface Scope {
  readonly projects: ReadonlySet<string>;
  /** Whether the simple index is kept. */
  readonly simple: boolean;
  /** Whether pages of other projects are mended, too, that another writer may be about to write. */
  readonly mendsOthers: boolean;
}

import type { ErrorCode } from './errors.ts';

export type Command =
  | 'upload'
  | 'fetch'
  | 'publish'
  | 'release'
  | 'mirror'
  | 'index'
  | 'prune'
  | 'yank'
  | 'unyank'
  | 'inspect'
  | 'config';

export type UploadOutcome = 'uploaded' | 'unchanged' | 'skipped' | 'failed';
export type FetchOutcome = 'downloaded' | 'kept' | 'failed' | 'conflict';
export type PublishOutcome = 'published' | 'already-there' | 'conflict' | 'failed';
export type MirrorOutcome = 'copied' | 'unchanged' | 'removed' | 'failed';
export type InspectOutcome = 'inspected' | 'failed';
/** `pruned`: taken off the pages; `pending`: so before, and not removed yet; `removed`: its objects are gone. */
export type PruneOutcome = 'pruned' | 'pending' | 'removed' | 'failed';
export type YankOutcome = 'yanked' | 'unyanked' | 'unchanged';
export type Outcome =
  UploadOutcome | FetchOutcome | PublishOutcome | MirrorOutcome | InspectOutcome | PruneOutcome | YankOutcome;

/** What became of one artifact. `sha256` and `size` are null where they were never learnt. */
export interface ArtifactResult<O extends Outcome = Outcome> {
  readonly filename: string;
  readonly outcome: O;
  readonly sha256: string | null;
  /** Bytes. */
  readonly size: number | null;
  readonly reason?: string;
}

/** The last event of a run, and what a command's function returns. */
export interface Summary<O extends Outcome = Outcome> {
  readonly event: 'summary';
  readonly schemaVersion: 1;
  readonly command: Command;
  readonly ok: boolean;
  readonly exitCode: 0 | 1 | 2 | 130;
  readonly dryRun?: true;
  /** How many artifacts had each outcome. */
  readonly counts: Readonly<Partial<Record<O, number>>>;
  readonly artifacts: readonly ArtifactResult<O>[];
  /** Public URL of the wheelhouse, or of the release on the registry; no secrets. */
  readonly url?: string;
  /** Commands that install, fetch or repair, ready to be copied. */
  readonly nextSteps?: readonly string[];
}

export type StepAction = 'send' | 'overwrite' | 'keep' | 'skip' | 'refuse' | 'download' | 'resume' | 'remove';

/** One row of a plan: what will be done with one file, and why. */
export interface PlanStep {
  readonly filename: string;
  readonly action: StepAction;
  readonly reason: string;
  readonly size: number | null;
}

/** Everything that a command tells while it runs. The core emits these and never prints. */
export type WheelhouseEvent =
  | {
      readonly event: 'plan';
      readonly command: Command;
      readonly dryRun: boolean;
      readonly target: string;
      readonly steps: readonly PlanStep[];
    }
  | {
      readonly event: 'progress';
      readonly filename: string;
      readonly doneBytes: number;
      readonly totalBytes: number | null;
    }
  | ({ readonly event: 'artifact' } & ArtifactResult)
  | { readonly event: 'passed-over'; readonly name: string; readonly reason: string }
  | {
      readonly event: 'retry';
      readonly what: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  | { readonly event: 'pages'; readonly written: readonly string[]; readonly unchanged: number }
  | {
      readonly event: 'setting';
      readonly name: string;
      readonly value: string | null;
      readonly origin: 'flag' | 'environment' | 'file' | 'default' | 'unset';
      readonly from?: string;
    }
  | { readonly event: 'notice'; readonly message: string }
  | { readonly event: 'detail'; readonly message: string } // shown under --verbose
  | { readonly event: 'warning'; readonly message: string; readonly hint?: string }
  | {
      readonly event: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
      readonly causes?: readonly string[];
    }
  | Summary;

export type EventSink = (event: WheelhouseEvent) => void;

/** What every command's function takes. */
export interface FlowOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: EventSink;
}

/** The summary of a run: counts, `ok` and exit status follow from the outcomes. */
export function summarize<O extends Outcome>(
  command: Command,
  artifacts: readonly ArtifactResult<O>[],
  extra: Partial<Pick<Summary<O>, 'dryRun' | 'url' | 'nextSteps' | 'ok' | 'exitCode'>> = {},
): Summary<O> {
  const counts: Partial<Record<O, number>> = {};
  for (const { outcome } of artifacts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const ok = !artifacts.some(({ outcome }) => outcome === 'failed' || outcome === 'conflict');
  const sorted = [...artifacts].sort((a, b) =>
    a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : 0,
  );
  return {
    event: 'summary',
    schemaVersion: 1,
    command,
    ok,
    exitCode: ok ? 0 : 1,
    ...extra,
    counts,
    artifacts: sorted,
  };
}

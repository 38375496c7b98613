import { compareText } from './compare-text.ts';
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
/** `recorded`: has a digest since this run; `damaged`: something is wrong with it or with what is known of it. */
export type IndexOutcome = 'recorded' | 'damaged';

/** What can be wrong in a wheelhouse. The set is closed: scripts may rely on a code that `--json` prints. */
export type DisagreementCode =
  | 'missing-object' // a record or a page tells of an artifact that is not there
  | 'missing-record' // an artifact that has none: its digest is not certain, or not known
  | 'wrong-digest' // bytes, `metadata.json` or a page differ from the record
  | 'wrong-size' // no record is of the artifact's size
  | 'several-records' // an overwrite that was not finished: the newer record counts
  | 'leftover-record' // of bytes that were overwritten
  | 'missing-sidecar' // core metadata that the record promises
  | 'wrong-sidecar'
  | 'orphan-sidecar' // core metadata, or a mark, of an artifact that is not there
  | 'orphan-mark'
  | 'missing-page'
  | 'half-page' // its end is missing
  | 'stale-page' // not what the objects and records make it
  | 'stray-page' // of a project that has no files
  | 'wrong-content-type'
  | 'doubled-file' // one distribution under two spellings of its project
  | 'doubled-project' // a page beside the right one, under another spelling
  | 'foreign-object'; // none of the wheelhouse's: no page shows it

/** One thing that is not as it should be. */
export interface Disagreement {
  readonly code: DisagreementCode;
  /** The object that it is about. */
  readonly key: string;
  /** The artifact that it is about, if it is about one. */
  readonly filename?: string;
  readonly message: string;
  /** Whether `index` repairs it. */
  readonly repairable: boolean;
}

export type Outcome =
  | UploadOutcome
  | FetchOutcome
  | PublishOutcome
  | MirrorOutcome
  | InspectOutcome
  | PruneOutcome
  | YankOutcome
  | IndexOutcome;

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

/** One setting as it is in force. */
export interface Setting {
  readonly name: string;
  /** Null where it is unset; `***` for what is secret. */
  readonly value: string | null;
  /** Where it comes from; `unset` where nobody says anything and nothing holds by itself. */
  readonly origin: 'flag' | 'environment' | 'file' | 'default' | 'unset';
  /** The flag, the variable or the file that says it. */
  readonly from?: string | undefined;
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
  // `said`: an error or a notice says it in words, for text to leave it at that
  | ({ readonly event: 'artifact'; readonly said?: true } & ArtifactResult)
  | { readonly event: 'passed-over'; readonly name: string; readonly reason: string }
  | {
      readonly event: 'retry';
      readonly what: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  | { readonly event: 'pages'; readonly written: readonly string[]; readonly unchanged: number }
  | ({ readonly event: 'setting' } & Setting)
  | ({ readonly event: 'disagreement' } & Disagreement)
  | { readonly event: 'notice'; readonly message: string }
  | { readonly event: 'detail'; readonly message: string } // shown under --verbose
  | { readonly event: 'warning'; readonly message: string; readonly hint?: string | undefined }
  | {
      readonly event: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string | undefined;
      readonly causes?: readonly string[];
    }
  | Summary;

export type EventSink = (event: WheelhouseEvent) => void;

/** What every command's function takes. */
export interface FlowOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventSink | undefined;
}

/** The summary of a run: counts, `ok` and exit status follow from the outcomes. */
export function summarize<O extends Outcome>(
  command: Command,
  artifacts: readonly ArtifactResult<O>[],
  {
    url,
    ...extra
  }: Partial<Pick<Summary<O>, 'dryRun' | 'nextSteps' | 'ok' | 'exitCode'>> & {
    readonly url?: string | undefined;
  } = {},
): Summary<O> {
  const counts: Partial<Record<O, number>> = {};
  for (const { outcome } of artifacts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const ok = !artifacts.some(({ outcome }) => outcome === 'failed' || outcome === 'conflict');
  return {
    event: 'summary',
    schemaVersion: 1,
    command,
    ok,
    exitCode: ok ? 0 : 1,
    ...(url !== undefined && { url }),
    ...extra,
    counts,
    artifacts: artifacts.toSorted((a, b) => compareText(a.filename, b.filename)),
  };
}

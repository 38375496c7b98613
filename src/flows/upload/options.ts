import type { FlowOptions } from '../../model/events.ts';
import type { Container } from '../../storage/container.ts';
import type { ConvergeOptions } from '../../wheelhouse/converge.ts';
import type { Layout } from '../../wheelhouse/layout.ts';
import type { OnConflict } from '../../wheelhouse/store-artifact.ts';

export interface UploadOptions extends FlowOptions {
  /** The caller closes a container that it has opened; one that the flow opens, the flow closes. */
  readonly container: Container | { open(): Promise<Container> };
  /** Default: `dist`. */
  readonly localFolder?: string;
  /** Globs on file names. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Artifacts read or sent at the same time. Default: 4. */
  readonly maxWorkers?: number | undefined;
  /** False: only `metadata.json` is brought up to date, no page. Default: true. */
  readonly updateIndex?: boolean | undefined;
  /** Default: `overwrite` for dev builds, `error` for the rest. */
  readonly onConflict?: OnConflict | undefined;
  /** Whether dev wheels get the time of the upload into their version, so that the newest wins. Default: true. */
  readonly stamp?: boolean | undefined;
  /** How many dev builds stay of each project of this upload, kind and tags; 1 or more. Default: 5. */
  readonly keepDev?: number | undefined;
  /** Default: `all`. */
  readonly layout?: Layout | undefined;
  /** Make the plan, change nothing. */
  readonly dryRun?: boolean | undefined;
  /** When artifacts are uploaded, and stamped. Default: the system's clock. */
  readonly clock?: (() => Date) | undefined;
  /** How the index waits for other writers; for tests. */
  readonly waiting?: Pick<ConvergeOptions, 'sleep' | 'random'> | undefined;
}

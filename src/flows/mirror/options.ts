import type { HttpClient } from '../../io/http.ts';
import type { PageCache } from '../../io/page-cache.ts';
import type { LinkFilter } from '../../listing/select.ts';
import type { FlowOptions } from '../../model/events.ts';
import type { Container } from '../../storage/container.ts';
import type { ConvergeOptions } from '../../wheelhouse/converge.ts';
import type { Layout } from '../../wheelhouse/layout.ts';
import type { OnConflict } from '../../wheelhouse/store-artifact.ts';
import type { IndexAccess } from '../fetch/indexes.ts';

/** Which artifacts of the indexes a mirror is to hold. */
export interface MirrorFilter extends Omit<LinkFilter, 'project' | 'version'> {
  /** Default: all that the indexes list. */
  readonly projects?: readonly string[] | undefined;
  /** A version specifier (PEP 440), such as `>=1.20,<2`. */
  readonly versions?: string | undefined;
  /** Of each project so many versions, the newest ones among those that the rest of the filter leaves. */
  readonly latest?: number | undefined;
}

export interface MirrorOptions extends FlowOptions, IndexAccess, MirrorFilter {
  /** URLs, `file:` URLs or paths of pages; or containers, with `readContainerIndex`. */
  readonly indexes: readonly string[];
  /** Where to; the caller closes it. */
  readonly container: Container;
  /** Also remove what the indexes no longer list, of the projects and within the filters given. */
  readonly delete?: boolean | undefined;
  /** Remove even where an index or a project has shrunk to nothing. */
  readonly force?: boolean | undefined;
  /** Refuse files for which no index gives a hash that proves them. */
  readonly requireHashes?: boolean | undefined;
  /** Same name, other bytes. Default: `overwrite` for dev builds, `error` for the rest. */
  readonly onConflict?: OnConflict | undefined;
  /** Pages read, and files on their way, at the same time. Default: 4. */
  readonly maxWorkers?: number | undefined;
  /** Default: `all`. */
  readonly layout?: Layout | undefined;
  /** Make the plan, change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Default: one of its own, closed at the end. */
  readonly http?: HttpClient | undefined;
  /** Remembers pages between runs. Default: none, so that every page is read in full. */
  readonly cache?: PageCache | undefined;
  /** Where files lie between download and upload. Default: the system's folder for temporary files. */
  readonly spoolFolder?: string | undefined;
  /** Default: the system's clock. */
  readonly clock?: (() => Date) | undefined;
  /** How the index waits for other writers; for tests. */
  readonly waiting?: Pick<ConvergeOptions, 'sleep' | 'random'> | undefined;
}

import type { Link } from '../model/artifact.ts';

/** Everything that one page of an index refers to. */
export interface Page {
  /** Files, in the order of the page; a file may be there several times. */
  readonly links: Link[];
  /** Absolute URLs that end in `/`: projects of a root page, subfolders of a listing. */
  readonly folders: string[];
  /** The URL that continues a listing that comes in several pages. */
  readonly next?: string;
}

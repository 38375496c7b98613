import { InvalidArgumentError, type Command } from 'commander';
import type { FetchOptions } from '../flows/fetch.ts';
import { parsePythonTag } from '../listing/python.ts';
import { addGlobs, addLeavable, addProvider, setting } from './options.ts';

/** What {@link addFilters} gives. */
export interface FilterFlags {
  readonly include?: string[];
  readonly exclude?: string[];
  readonly sdist: boolean;
  readonly python?: string;
  readonly platform?: string;
  readonly requireHashes?: boolean;
}

/** Which files are fetched: for every command that fetches. */
export interface FetchFlags extends FilterFlags {
  readonly version?: string;
  readonly provider?: string;
}

/** PROJECT and INDEX, and the filters. */
export function addFetching(command: Command): Command {
  command
    .argument('[project]', 'name of the project (default: the one of this checkout, in its version)')
    .argument(
      '[index...]',
      'URLs or paths of index pages, or containers (default: the artifact_indexes of this checkout)',
    )
    .addOption(setting('--version <version>', 'only this version'));
  addProvider(addFilters(command), 'the store of an index that is the NAME of a container');
  return addLeavable(command, [
    setting('--region <region>', 'region of an index that is a container'),
    setting('--endpoint <url>', 'address of the store of an index that is a container'),
  ]);
}

/** Which files of an index, for every command that reads one. */
export function addFilters(command: Command): Command {
  return addGlobs(command)
    .option('--no-sdist', 'no source distributions')
    .option('--python <tag>', 'only what that Python installs, such as cp312', pythonTag)
    .option('--platform <tag>', 'only what that platform installs, such as manylinux_2_28_x86_64')
    .option('--require-hashes', 'refuse files for which the indexes give no hash');
}

/** What is no tag would quietly leave the sdists only. */
function pythonTag(tag: string): string {
  if (parsePythonTag(tag) !== undefined) return tag;
  throw new InvalidArgumentError('It must be the tag of a Python, such as cp312, cp313t or py3.');
}

/** What the flags of {@link addFilters} mean. */
export function filtersOf(
  flags: FilterFlags,
): Pick<FetchOptions, 'include' | 'exclude' | 'sdists' | 'python' | 'platform' | 'requireHashes'> {
  return {
    include: flags.include ?? [],
    exclude: flags.exclude ?? [],
    sdists: flags.sdist,
    python: flags.python,
    platform: flags.platform,
    requireHashes: flags.requireHashes === true,
  };
}

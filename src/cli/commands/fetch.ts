import type { Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addGlobs, addOutput, localFolder, maxWorkers, setting } from '../options.ts';
import type { Run } from '../program.ts';
import type { OutputOptions, Session } from '../session.ts';

interface FetchFlags extends OutputOptions {
  version?: string;
  localFolder: string;
  include?: string[];
  exclude?: string[];
  sdist: boolean;
  python?: string;
  platform?: string;
  requireHashes?: boolean;
  maxWorkers: number;
  username?: string;
  secret?: string;
  region?: string;
  endpoint?: string;
  sslCheck: boolean;
  dryRun?: boolean;
}

/** `fetch [PROJECT] [INDEX…]`. */
export function defineFetch(program: Command, run: Run): void {
  const command = program
    .command('fetch')
    .description('download every artifact of a project, or of one version of it, from all indexes')
    .argument('[project]', 'name of the project (default: the one of this checkout, in its version)')
    .argument(
      '[index...]',
      'URLs or paths of index pages, or containers (default: the artifact_indexes of this checkout)',
    )
    .addOption(setting('--version <version>', 'only this version'))
    .addOption(localFolder())
    .addOption(maxWorkers());
  addGlobs(command)
    .option('--no-sdist', 'no source distributions')
    .option('--python <tag>', 'only what that Python installs, such as cp312')
    .option('--platform <tag>', 'only what that platform installs, such as manylinux_2_28_x86_64')
    .option('--require-hashes', 'refuse files for which the indexes give no hash')
    .option('--username <name>', 'user name for private indexes (else netrc)')
    .option('--secret <secret>', 'password for private indexes')
    .addOption(setting('--region <region>', 'region of an index that is a container'))
    .addOption(setting('--endpoint <url>', 'address of the store of an index that is a container'))
    .option('--no-ssl-check', "do not verify the indexes' certificates")
    .option('--dry-run', 'say what would be downloaded, and download nothing');
  addOutput(command).action((project: string | undefined, indexes: string[], flags: FetchFlags) =>
    run('fetch', flags, (session) => fetchRelease(project, indexes, flags, session)),
  );
}

async function fetchRelease(
  project: string | undefined,
  indexes: readonly string[],
  flags: FetchFlags,
  session: Session,
): Promise<Summary> {
  const { chooseRelease } = await import('../checkout.ts');
  const { openIndexAccess } = await import('../index-access.ts');
  const { fetchArtifacts } = await import('../../flows/fetch.ts');
  const release = await chooseRelease({ project, indexes, version: flags.version }, session.folder);
  const access = await openIndexAccess(flags, session);
  try {
    return await fetchArtifacts({
      ...release,
      ...access.options,
      localFolder: flags.localFolder,
      include: flags.include ?? [],
      exclude: flags.exclude ?? [],
      sdists: flags.sdist,
      ...(flags.python === undefined ? {} : { python: flags.python }),
      ...(flags.platform === undefined ? {} : { platform: flags.platform }),
      requireHashes: flags.requireHashes === true,
      maxWorkers: flags.maxWorkers,
      dryRun: flags.dryRun === true,
      signal: session.signal,
      onEvent: session.onEvent,
    });
  } finally {
    await access.close();
  }
}

import { Option, type Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addGlobs, addOutput, maxWorkers, repeatable, setting, wholeNumber } from '../options.ts';
import type { Run } from '../program.ts';
import type { OutputOptions, Session } from '../session.ts';

interface MirrorFlags extends OutputOptions {
  to: string;
  provider?: string;
  providerName?: string;
  username?: string;
  secret?: string;
  region?: string;
  endpoint?: string;
  indexUsername?: string;
  indexSecret?: string;
  project?: string[];
  versions?: string;
  latest?: number;
  include?: string[];
  exclude?: string[];
  sdist: boolean;
  python?: string;
  platform?: string;
  requireHashes?: boolean;
  onConflict?: 'error' | 'overwrite' | 'skip';
  delete?: boolean;
  force?: boolean;
  maxWorkers: number;
  sslCheck: boolean;
  enableCdn: boolean;
  layout: 'flat' | 'simple' | 'all';
  dryRun?: boolean;
}

/** `mirror INDEX… --to CONTAINER`. */
export function defineMirror(command: Command, run: Run): void {
  command
    .argument('<index...>', 'URLs or paths of index pages, or containers')
    .requiredOption('--to <container>', 'where to: a folder, a URL of a store, or NAME with --provider')
    .addOption(repeatable('--project <name>', 'only this project (repeatable; default: all that is listed)'))
    .option('--versions <specifier>', 'only these versions, such as ">=1.20,<2" (PEP 440)')
    .addOption(
      new Option('--latest <n>', 'of each project only so many versions, the newest ones').argParser(
        wholeNumber(1, 1_000_000),
      ),
    );
  addGlobs(command)
    .option('--no-sdist', 'no source distributions')
    .option('--python <tag>', 'only what that Python installs, such as cp312')
    .option('--platform <tag>', 'only what that platform installs, such as manylinux_2_28_x86_64')
    .option('--require-hashes', 'refuse files for which the indexes give no hash')
    .option('--delete', 'also remove what the indexes no longer list')
    .option('--force', 'with --delete: remove even where an index or a project has shrunk to nothing')
    .addOption(
      new Option(
        '--on-conflict <what>',
        'same name, other bytes (default: overwrite for dev builds, error for the rest)',
      ).choices(['error', 'overwrite', 'skip']),
    )
    .addOption(setting('--provider <name>', 'the store of a bare NAME (default: CLOUDFILES)'))
    .addOption(new Option('--provider-name <name>').hideHelp())
    .addOption(setting('--username <name>', 'account, access key or user name of the container'))
    .addOption(setting('--secret <secret>', 'its secret; better given by the environment'))
    .addOption(setting('--region <region>', 'region of the store (Rackspace: ord)'))
    .addOption(setting('--endpoint <url>', 'address of a compatible store or an emulator'))
    .addOption(setting('--index-username <name>', 'user name for private indexes (else netrc)'))
    .addOption(setting('--index-secret <secret>', 'password for private indexes'))
    .addOption(maxWorkers())
    .option('--no-ssl-check', 'do not verify certificates')
    .option('--no-enable-cdn', 'do not publish the container through its CDN or as a website')
    .addOption(
      setting('--layout <which>', 'which pages to keep').choices(['flat', 'simple', 'all']).default('all'),
    )
    .option('--dry-run', 'say what would be done, and change nothing');
  addOutput(command).action((indexes: string[], flags: MirrorFlags) =>
    run('mirror', flags, (session) => mirrorIndexes(indexes, flags, session)),
  );
}

async function mirrorIndexes(
  indexes: readonly string[],
  flags: MirrorFlags,
  session: Session,
): Promise<Summary> {
  const { areAlike, openUploadContainer } = await import('../containers.ts');
  const { openIndexAccess } = await import('../index-access.ts');
  const { openPagesOfEarlierRuns } = await import('../page-cache.ts');
  const { summarize } = await import('../../model/events.ts');
  const { mirror } = await import('../../flows/mirror.ts');
  const { indexUsername, indexSecret, sslCheck } = flags;
  const login = {
    ...(indexUsername === undefined ? {} : { username: indexUsername }),
    ...(indexSecret === undefined ? {} : { secret: indexSecret }),
    sslCheck,
  };
  // A mirror that never has its secret should not look as if it worked.
  const container = await openUploadContainer(flags.to, { ...flags, requireCredentials: true }, session);
  if (container === undefined) return summarize('mirror', [], { ok: false, exitCode: 2 });
  try {
    const access = await openIndexAccess(login, session, (index) =>
      indexUsername === undefined && areAlike(index, flags.to) ? flags : login,
    );
    try {
      return await mirror({
        ...access.options,
        container,
        indexes,
        cache: openPagesOfEarlierRuns(session),
        ...choiceOf(flags),
        requireHashes: flags.requireHashes === true,
        ...(flags.onConflict === undefined ? {} : { onConflict: flags.onConflict }),
        delete: flags.delete === true,
        force: flags.force === true,
        maxWorkers: flags.maxWorkers,
        layout: flags.layout,
        dryRun: flags.dryRun === true,
        signal: session.signal,
        onEvent: session.onEvent,
      });
    } finally {
      await access.close();
    }
  } finally {
    await container.close();
  }
}

function choiceOf({ project, versions, latest, include, exclude, sdist, python, platform }: MirrorFlags) {
  return {
    ...(project === undefined ? {} : { projects: project }),
    ...(versions === undefined ? {} : { versions }),
    ...(latest === undefined ? {} : { latest }),
    include: include ?? [],
    exclude: exclude ?? [],
    sdists: sdist,
    ...(python === undefined ? {} : { python }),
    ...(platform === undefined ? {} : { platform }),
  };
}

import { Option, type Command } from 'commander';
import { WheelhouseError } from '../../model/errors.ts';
import type { Summary } from '../../model/events.ts';
import { addFilters, filtersOf, type FilterFlags } from '../fetch-options.ts';
import {
  addLeavable,
  addOutput,
  addStore,
  layout,
  maxWorkers,
  onConflict,
  repeatable,
  setting,
  wholeNumber,
  type StoreFlags,
} from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions, Session } from '../session.ts';

interface MirrorFlags extends OutputOptions, StoreFlags, FilterFlags {
  to: string;
  indexUsername?: string;
  indexSecret?: string;
  project?: string[];
  versions?: string;
  latest?: number;
  onConflict?: 'error' | 'overwrite' | 'skip';
  delete?: boolean;
  force?: boolean;
  maxWorkers: number;
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
  addFilters(command)
    .option('--delete', 'also remove what the indexes no longer list')
    .option('--force', 'with --delete: remove even where an index or a project has shrunk to nothing')
    .addOption(onConflict());
  addLeavable(addStore(command), [
    setting('--index-username <name>', 'user name for private indexes (else netrc)'),
    setting('--index-secret <secret>', 'password for private indexes'),
  ])
    .addOption(maxWorkers())
    .option('--no-enable-cdn', 'do not publish the container through its CDN or as a website')
    .addOption(layout())
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
  const { openUploadContainer } = await import('../containers.ts');
  const { areAlike } = await import('../index-containers.ts');
  const { openIndexAccess } = await import('../index-access.ts');
  const { openPagesOfEarlierRuns } = await import('../page-cache.ts');
  const { summarize } = await import('../../model/events.ts');
  const { mirror } = await import('../../flows/mirror.ts');
  const { indexUsername, indexSecret, sslCheck } = flags;
  if (indexSecret !== undefined && indexUsername === undefined)
    throw new WheelhouseError('USAGE', '--index-secret was given without --index-username', {
      hint: 'here --username is that of the container, and goes with --secret; netrc does for the indexes too',
    });
  const login = {
    username: indexUsername,
    secret: indexSecret,
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
        projects: flags.project,
        versions: flags.versions,
        latest: flags.latest,
        ...filtersOf(flags),
        onConflict: flags.onConflict,
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

import { Option, type Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addFetching, filtersOf, type FetchFlags } from '../fetch-options.ts';
import { addLeavable, addOutput, localFolder, maxWorkers } from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions, Session } from '../session.ts';

interface Flags extends OutputOptions, FetchFlags {
  localFolder: string;
  maxWorkers: number;
  username?: string;
  secret?: string;
  region?: string;
  endpoint?: string;
  sslCheck: boolean;
  dryRun?: boolean;
}

/** `fetch [PROJECT] [INDEX…]`. */
export function defineFetch(command: Command, run: Run): void {
  addLeavable(addFetching(command).addOption(localFolder()).addOption(maxWorkers()), [
    new Option('--username <name>', 'user name for private indexes (else netrc)'),
    new Option('--secret <secret>', 'password for private indexes'),
  ])
    .option('--no-ssl-check', "do not verify the indexes' certificates")
    .option('--dry-run', 'say what would be downloaded, and download nothing');
  addOutput(command).action((project: string | undefined, indexes: string[], flags: Flags) =>
    run('fetch', flags, (session) => fetchRelease(project, indexes, flags, session)),
  );
}

async function fetchRelease(
  project: string | undefined,
  indexes: readonly string[],
  flags: Flags,
  session: Session,
): Promise<Summary> {
  const { chooseRelease } = await import('../checkout.ts');
  const { openIndexAccess } = await import('../index-access.ts');
  const { fetchArtifacts } = await import('../../flows/fetch.ts');
  const release = await chooseRelease({ project, indexes, version: flags.version }, session);
  const access = await openIndexAccess(flags, session);
  try {
    return await fetchArtifacts({
      ...release,
      ...access.options,
      ...filtersOf(flags),
      localFolder: flags.localFolder,
      maxWorkers: flags.maxWorkers,
      dryRun: flags.dryRun === true,
      signal: session.signal,
      onEvent: session.onEvent,
    });
  } finally {
    await access.close();
  }
}

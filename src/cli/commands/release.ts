import { Option, type Command } from 'commander';
import { WheelhouseError } from '../../model/errors.ts';
import type { Summary } from '../../model/events.ts';
import { addFetching, filtersOf, type FetchFlags } from '../fetch-options.ts';
import { addLeavable, addOutput, localFolder, publishWorkers } from '../options.ts';
import type { Run } from '../command.ts';
import { addPublishing, publishingOf, type PublishFlags } from '../publish-options.ts';
import type { OutputOptions, Session } from '../session.ts';

interface Flags extends OutputOptions, FetchFlags, PublishFlags {
  localFolder: string;
  maxWorkers?: number;
  indexUsername?: string;
  secret?: string;
  region?: string;
  endpoint?: string;
}

/** `release [PROJECT] [INDEX…]`: fetch and publish, in one plan. */
export function defineRelease(command: Command, run: Run): void {
  addPublishing(addFetching(command)).addOption(localFolder()).addOption(publishWorkers());
  addLeavable(command, [
    new Option('--index-username <name>', 'user name for private indexes (else netrc)'),
    new Option('--secret <secret>', 'password for private indexes'),
  ])
    .option('--no-ssl-check', 'do not verify certificates')
    .option('--dry-run', 'show both plans; download nothing, send nothing');
  addOutput(command).action((project: string | undefined, indexes: string[], flags: Flags) =>
    run('release', flags, (session) => releaseProject(project, indexes, flags, session)),
  );
}

async function releaseProject(
  project: string | undefined,
  indexes: readonly string[],
  flags: Flags,
  session: Session,
): Promise<Summary> {
  const { chooseRelease } = await import('../checkout.ts');
  const { openIndexAccess } = await import('../index-access.ts');
  const { release } = await import('../../flows/release.ts');
  const { indexUsername, secret, provider, region, endpoint, sslCheck } = flags;
  if (secret !== undefined && indexUsername === undefined)
    throw new WheelhouseError('USAGE', '--secret was given without --index-username', {
      hint: 'here --username is that of the registry, and goes with --password; netrc does for the indexes too',
    });
  const chosen = await chooseRelease({ project, indexes, version: flags.version }, session);
  const publishing = await publishingOf(flags, session);
  const access = await openIndexAccess(
    {
      sslCheck,
      provider,
      username: indexUsername,
      secret,
      region,
      endpoint,
    },
    session,
  );
  try {
    return await release({
      ...chosen,
      ...access.options,
      ...filtersOf(flags),
      ...publishing,
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

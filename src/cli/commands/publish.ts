import type { Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addOutput, localFolder, publishWorkers, setting } from '../options.ts';
import type { Run } from '../command.ts';
import { addPublishing, publishingOf, type PublishFlags } from '../publish-options.ts';
import type { OutputOptions, Session } from '../session.ts';

interface Flags extends OutputOptions, PublishFlags {
  localFolder: string;
  project?: string;
  version?: string;
  allProjects?: boolean;
  maxWorkers?: number;
}

/** `publish`, alias `upload-all`. */
export function definePublish(command: Command, run: Run): void {
  addPublishing(command)
    .addOption(localFolder())
    .option('--project <name>', 'the project to publish (default: the only one in the folder)')
    .addOption(setting('--version <version>', 'its version (default: the only one in the folder)'))
    .option('--all-projects', 'publish everything that is in the folder')
    .option('--no-ssl-check', "do not verify the registry's certificate")
    .addOption(publishWorkers())
    .option('--dry-run', 'everything but the sending');
  addOutput(command).action((flags: Flags) =>
    run('publish', flags, (session) => publishRelease(flags, session)),
  );
}

async function publishRelease(flags: Flags, session: Session): Promise<Summary> {
  const { publish } = await import('../../flows/publish.ts');
  return publish({
    ...(await publishingOf(flags, session)),
    localFolder: flags.localFolder,
    project: flags.project,
    version: flags.version,
    allProjects: flags.allProjects === true,
    maxWorkers: flags.maxWorkers,
    dryRun: flags.dryRun === true,
    signal: session.signal,
    onEvent: session.onEvent,
  });
}

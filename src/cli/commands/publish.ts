import type { Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addOutput, localFolder, maxWorkers } from '../options.ts';
import type { Run } from '../program.ts';
import type { OutputOptions, Session } from '../session.ts';
import { addTarget, type TargetFlags } from '../target-options.ts';

interface PublishFlags extends OutputOptions, TargetFlags {
  localFolder: string;
  project?: string;
  version?: string;
  allProjects?: boolean;
  skipExisting?: boolean;
  preflight: boolean;
  verify: boolean;
  maxWorkers: number;
}

/** `publish`, alias `upload-all`. */
export function definePublish(program: Command, run: Run): void {
  const command = program
    .command('publish')
    .alias('upload-all')
    .description(
      'publish every artifact of one version to a registry: wheels first, the sdist last, then verify',
    );
  addTarget(command)
    .addOption(localFolder())
    .option('--project <name>', 'the project to publish (default: the only one in the folder)')
    .option('--version <version>', 'its version (default: the only one in the folder)')
    .option('--all-projects', 'publish everything that is in the folder')
    .option('--skip-existing', 'a file name that is already there is no error')
    .option('--no-preflight', 'send without looking at the files first')
    .option('--no-verify', "do not check the registry's index afterwards")
    .option('--no-ssl-check', "do not verify the registry's certificate")
    .addOption(maxWorkers())
    .option('--dry-run', 'everything but the sending');
  addOutput(command).action((flags: PublishFlags) =>
    run('publish', flags, (session) => publishRelease(flags, session)),
  );
}

async function publishRelease(flags: PublishFlags, session: Session): Promise<Summary> {
  const { openTarget } = await import('../target.ts');
  const { publish } = await import('../../flows/publish.ts');
  const target = await openTarget(flags, session);
  try {
    return await publish({
      target,
      localFolder: flags.localFolder,
      ...(flags.project === undefined ? {} : { project: flags.project }),
      ...(flags.version === undefined ? {} : { version: flags.version }),
      allProjects: flags.allProjects === true,
      skipExisting: flags.skipExisting === true,
      preflight: flags.preflight,
      verify: flags.verify,
      maxWorkers: flags.maxWorkers,
      dryRun: flags.dryRun === true,
      signal: session.signal,
      onEvent: session.onEvent,
    });
  } finally {
    await target.close();
  }
}

import type { Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addOutput, localFolder, maxWorkers, setting } from '../options.ts';
import type { Run } from '../program.ts';
import type { OutputOptions, Session } from '../session.ts';
import { addTarget, type TargetFlags } from '../target-options.ts';

interface PublishFlags extends OutputOptions, TargetFlags {
  localFolder: string;
  project?: string;
  version?: string;
  allProjects?: boolean;
  skipExisting?: boolean;
  expect?: string;
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
    .addOption(setting('--expect <file|tags>', 'what must be there, such as cp3{10..13}-manylinux_*_x86_64'))
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
  const { readExpectation } = await import('../expectation.ts');
  const { readProjectConfig } = await import('../../config/project-files.ts');
  const config = await readProjectConfig(session.folder);
  const expected = flags.expect === undefined ? config.expect : [flags.expect];
  const expect = expected === undefined ? undefined : await readExpectation(expected, session.folder);
  const target = await openTarget(flags, session, config.repository);
  try {
    return await publish({
      target,
      localFolder: flags.localFolder,
      ...(flags.project === undefined ? {} : { project: flags.project }),
      ...(flags.version === undefined ? {} : { version: flags.version }),
      allProjects: flags.allProjects === true,
      ...(expect === undefined ? {} : { expect }),
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

import type { Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addOutput, localFolder, maxWorkers, setting } from '../options.ts';
import type { Run } from '../program.ts';
import type { OutputOptions, Session } from '../session.ts';

interface PublishFlags extends OutputOptions {
  localFolder: string;
  repository?: string;
  repositoryUrl?: string;
  configFile?: string;
  project?: string;
  version?: string;
  allProjects?: boolean;
  username?: string;
  password?: string;
  token?: string;
  skipExisting?: boolean;
  checkUrl?: string;
  preflight: boolean;
  verify: boolean;
  sslCheck: boolean;
  maxWorkers: number;
  dryRun?: boolean;
}

/** `publish`, alias `upload-all`. */
export function definePublish(program: Command, run: Run): void {
  const command = program
    .command('publish')
    .alias('upload-all')
    .description(
      'publish every artifact of one version to a registry: wheels first, the sdist last, then verify',
    )
    .option('--repository <name>', 'a section of .pypirc (default: pypi)')
    .option('--repository-url <url>', "the registry's upload URL")
    .addOption(setting('--config-file <path>', 'the .pypirc to read (default: ~/.pypirc)'))
    .addOption(localFolder())
    .option('--project <name>', 'the project to publish (default: the only one in the folder)')
    .option('--version <version>', 'its version (default: the only one in the folder)')
    .option('--all-projects', 'publish everything that is in the folder')
    .option('--username <name>', 'user name at the registry')
    .option('--password <password>', 'its password; better given by the environment')
    .option('--token <token>', 'an API token; better given by the environment')
    .option('--skip-existing', 'a file name that is already there is no error')
    .addOption(
      setting(
        '--check-url <url>',
        "the registry's simple index, where it is not derived from the upload URL",
      ),
    )
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

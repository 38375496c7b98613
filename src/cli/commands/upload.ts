import { Option, type Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import { addGlobs, addOutput, localFolder, maxWorkers, setting } from '../options.ts';
import type { Run } from '../program.ts';
import type { OutputOptions, Session } from '../session.ts';

interface UploadFlags extends OutputOptions {
  provider?: string;
  providerName?: string;
  username?: string;
  secret?: string;
  region?: string;
  endpoint?: string;
  localFolder: string;
  maxWorkers: number;
  include?: string[];
  exclude?: string[];
  sslCheck: boolean;
  enableCdn: boolean;
  updateIndex: boolean;
  uploadPullRequest?: boolean;
  requireCredentials?: boolean;
  onConflict?: 'error' | 'overwrite' | 'skip';
  stamp: boolean;
  layout: 'flat' | 'simple' | 'all';
  dryRun?: boolean;
}

/** `upload CONTAINER`. */
export function defineUpload(program: Command, run: Run): void {
  const command = program
    .command('upload')
    .description('upload every wheel and sdist of a folder to a container and bring its index up to date')
    .argument('[container]', 'where to: a folder, a URL of a store, or NAME with --provider')
    .addOption(setting('--provider <name>', 'the store of a bare NAME (default: CLOUDFILES)'))
    .addOption(new Option('--provider-name <name>').hideHelp())
    .addOption(setting('--username <name>', 'account, access key or user name of the store'))
    .addOption(setting('--secret <secret>', 'its secret; better given by the environment'))
    .addOption(setting('--region <region>', 'region of the store (Rackspace: ord)'))
    .addOption(setting('--endpoint <url>', 'address of a compatible store or an emulator'))
    .addOption(localFolder())
    .addOption(maxWorkers());
  addGlobs(command)
    .option('--no-ssl-check', "do not verify the store's certificate")
    .option('--no-enable-cdn', 'do not publish the container through its CDN or as a website')
    .option('--no-update-index', 'leave the index as it is')
    .option('--upload-pull-request', 'upload even when this is a pull request build')
    .option('--require-credentials', 'a missing secret is an error, not a reason to skip')
    .addOption(
      setting(
        '--on-conflict <what>',
        'same name, other bytes (default: overwrite for dev builds, error for the rest)',
      ).choices(['error', 'overwrite', 'skip']),
    )
    .option('--no-stamp', 'leave the versions of dev wheels as they are, without the time of the upload')
    .addOption(
      setting('--layout <which>', 'which pages to keep').choices(['flat', 'simple', 'all']).default('all'),
    )
    .option('--dry-run', 'say what would be done, and change nothing');
  addOutput(command).action((container: string | undefined, flags: UploadFlags) =>
    run('upload', flags, (session) => uploadFolder(container, flags, session)),
  );
}

async function uploadFolder(
  container: string | undefined,
  flags: UploadFlags,
  session: Session,
): Promise<Summary> {
  const { detectPullRequest } = await import('../../config/pull-request.ts');
  const { summarize } = await import('../../model/events.ts');
  const pullRequest = flags.uploadPullRequest === true ? undefined : detectPullRequest(session.environment);
  if (pullRequest !== undefined) {
    const message = `this is a pull request build by ${pullRequest}: nothing is uploaded (--upload-pull-request does)`;
    session.onEvent({ event: 'notice', message });
    return summarize('upload', []);
  }
  const { openUploadContainer } = await import('../containers.ts');
  const opened = await openUploadContainer(container, flags, session);
  if (opened === undefined) return summarize('upload', []);
  const { upload } = await import('../../flows/upload.ts');
  try {
    return await upload({
      container: opened,
      localFolder: flags.localFolder,
      include: flags.include ?? [],
      exclude: flags.exclude ?? [],
      maxWorkers: flags.maxWorkers,
      updateIndex: flags.updateIndex,
      ...(flags.onConflict === undefined ? {} : { onConflict: flags.onConflict }),
      stamp: flags.stamp,
      layout: flags.layout,
      dryRun: flags.dryRun === true,
      signal: session.signal,
      onEvent: session.onEvent,
    });
  } finally {
    await opened.close();
  }
}

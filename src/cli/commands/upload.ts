import type { Command } from 'commander';
import type { Summary } from '../../model/events.ts';
import {
  addGlobs,
  addOutput,
  addStore,
  keepDevOption,
  layout,
  localFolder,
  maxWorkers,
  onConflict,
  type StoreFlags,
} from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions, Session } from '../session.ts';

interface UploadFlags extends OutputOptions, StoreFlags {
  localFolder: string;
  maxWorkers: number;
  include?: string[];
  exclude?: string[];
  enableCdn: boolean;
  updateIndex: boolean;
  uploadPullRequest?: boolean;
  requireCredentials?: boolean;
  onConflict?: 'error' | 'overwrite' | 'skip';
  stamp: boolean;
  keepDev?: number;
  layout: 'flat' | 'simple' | 'all';
  dryRun?: boolean;
}

/** `upload CONTAINER`. */
export function defineUpload(command: Command, run: Run): void {
  command.argument('[container]', 'where to: a folder, a URL of a store, or NAME with --provider');
  addStore(command).addOption(localFolder()).addOption(maxWorkers());
  addGlobs(command)
    .option('--no-enable-cdn', 'do not publish the container through its CDN or as a website')
    .option('--no-update-index', 'leave the index as it is')
    .option('--upload-pull-request', 'upload even when this is a pull request build')
    .option('--require-credentials', 'a missing secret is an error, not a reason to skip')
    .addOption(onConflict())
    .option('--no-stamp', 'leave the versions of dev wheels as they are, without the time of the upload')
    .addOption(keepDevOption())
    .addOption(layout())
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
  const { chooseKeepDev } = await import('../checkout.ts');
  const keepDev = await chooseKeepDev(flags.keepDev, session.folder);
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
      onConflict: flags.onConflict,
      stamp: flags.stamp,
      keepDev,
      layout: flags.layout,
      dryRun: flags.dryRun === true,
      signal: session.signal,
      onEvent: session.onEvent,
    });
  } finally {
    await opened.close();
  }
}

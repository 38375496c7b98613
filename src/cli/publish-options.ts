import type { Command } from 'commander';
import type { PublishOptions } from '../flows/publish/options.ts';
import { setting } from './options.ts';
import type { Session } from './session.ts';
import { addTarget, type TargetFlags } from './target-options.ts';

/** Where and how files are published: for every command that publishes. */
export interface PublishFlags extends TargetFlags {
  readonly skipExisting?: boolean;
  readonly expect?: string;
  readonly preflight: boolean;
  readonly verify: boolean;
}

export function addPublishing(command: Command): Command {
  return addTarget(command)
    .option('--skip-existing', 'a file name that is already there is no error')
    .addOption(setting('--expect <file|tags>', 'what must be there, such as cp3{10..13}-manylinux_*_x86_64'))
    .option('--no-preflight', 'send without looking at the files first')
    .option('--no-verify', "do not check the registry's index afterwards");
}

/** What the flags of {@link addPublishing} and the project's own file mean for a publication. */
export async function publishingOf(
  flags: PublishFlags,
  session: Session,
): Promise<
  Pick<PublishOptions, 'target' | 'attestations' | 'skipExisting' | 'expect' | 'preflight' | 'verify'>
> {
  const { openTarget } = await import('./target.ts');
  const { readExpectation } = await import('./expectation.ts');
  const { readProjectConfig } = await import('../config/project-files.ts');
  const config = await readProjectConfig(session.folder);
  const expected = flags.expect === undefined ? config.expect : [flags.expect];
  return {
    target: { open: () => openTarget(flags, session, config.repository) },
    expect: expected && (await readExpectation(expected, session.folder)),
    attestations: flags.attestations === true,
    skipExisting: flags.skipExisting === true,
    preflight: flags.preflight,
    verify: flags.verify,
  };
}

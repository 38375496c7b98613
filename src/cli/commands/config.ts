import type { Command } from 'commander';
import {
  addOutput,
  addStore,
  keepDevOption,
  layout,
  localFolder,
  maxWorkers,
  onConflict,
} from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions, Session } from '../session.ts';
import { addRegistry, type RegistryFlags } from '../target-options.ts';

interface ConfigFlags extends OutputOptions, RegistryFlags {
  readonly username?: string;
  readonly secret?: string;
}

/** `config`. */
export function defineConfig(command: Command, run: Run): void {
  addStore(command)
    .addOption(localFolder())
    .addOption(maxWorkers())
    .addOption(onConflict())
    .addOption(layout())
    .addOption(keepDevOption());
  addRegistry(command);
  addOutput(command).action((flags: ConfigFlags) =>
    run('config', flags, (session) => tellSettings(typedIn(command), flags, session)),
  );
}

/** The options that were typed, by name: what comes from the environment or by default is told as such. */
function typedIn(command: Command): Record<string, string> {
  const typed: Record<string, string> = {};
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (command.getOptionValueSource(option.attributeName()) === 'cli') typed[option.name()] = String(value);
  }
  return typed;
}

async function tellSettings(typed: Record<string, string>, flags: ConfigFlags, session: Session) {
  const { readProjectConfig } = await import('../../config/project-files.ts');
  const { resolveSettings } = await import('../../config/settings.ts');
  const { tellIdentity } = await import('../identity.ts');
  const { summarize } = await import('../../model/events.ts');
  const { flagSecret } = await import('../flag-secret.ts');
  flagSecret(flags.secret, session);
  const project = await readProjectConfig(session.folder);
  const { environment } = session;
  for (const setting of resolveSettings({ flags: typed, environment, project }))
    session.onEvent({ event: 'setting', ...setting });
  // Buildkite's tokens are asked for when they are needed, not kept.
  if (flags.buildkite === undefined && flags.buildkiteLegacy === undefined)
    // The user that the environment names is the container's; to publish, only a typed one counts.
    await tellIdentity({ ...flags, username: typed['username'] }, session, project.repository);
  return summarize('config', []);
}

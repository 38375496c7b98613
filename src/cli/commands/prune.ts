import type { Command } from 'commander';
import { addOutput, addStore, keepDevOption, layout, type StoreFlags } from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions } from '../session.ts';

interface PruneFlags extends OutputOptions, StoreFlags {
  keepDev?: number;
  layout: 'flat' | 'simple' | 'all';
  dryRun?: boolean;
}

/** `prune CONTAINER`. */
export function definePrune(command: Command, run: Run): void {
  command.argument('[container]', 'a folder, a URL of a store, or NAME with --provider');
  addStore(command)
    .addOption(keepDevOption())
    .addOption(layout())
    .option('--dry-run', 'say what would be taken away, and change nothing');
  addOutput(command).action((name: string | undefined, flags: PruneFlags) =>
    run('prune', flags, async (session) => {
      const { chooseKeepDev } = await import('../checkout.ts');
      const keepDev = await chooseKeepDev(flags.keepDev, session.folder);
      const { withContainer } = await import('../containers.ts');
      const { prune } = await import('../../flows/prune.ts');
      return withContainer(name, flags, session, (container) =>
        prune({
          container,
          keepDev,
          layout: flags.layout,
          dryRun: flags.dryRun === true,
          signal: session.signal,
          onEvent: session.onEvent,
        }),
      );
    }),
  );
}

import type { Command } from 'commander';
import { addOutput, addStore, layout, type StoreFlags } from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions } from '../session.ts';

interface IndexFlags extends OutputOptions, StoreFlags {
  layout: 'flat' | 'simple' | 'all';
  check?: boolean;
  read?: boolean;
}

/** `index CONTAINER`. */
export function defineIndex(command: Command, run: Run): void {
  command.argument('[container]', 'a folder, a URL of a store, or NAME with --provider');
  addStore(command)
    .addOption(layout())
    .option('--check', 'change nothing; list every disagreement between objects, records and pages')
    .option('--read', 'compare the bytes of every artifact too, not only of those that changed');
  addOutput(command).action((name: string | undefined, flags: IndexFlags) =>
    run('index', flags, async (session) => {
      const { withContainer } = await import('../containers.ts');
      const { checkIndex, rebuildIndex } = await import('../../flows/index-container.ts');
      const act = flags.check === true ? checkIndex : rebuildIndex;
      return withContainer(name, flags, session, (container) =>
        act({
          container,
          layout: flags.layout,
          read: flags.read === true,
          signal: session.signal,
          onEvent: session.onEvent,
        }),
      );
    }),
  );
}

import type { Command } from 'commander';
import { addOutput, addStore, layout, type StoreFlags } from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions } from '../session.ts';

interface YankFlags extends OutputOptions, StoreFlags {
  layout: 'flat' | 'simple' | 'all';
  reason?: string;
}

/** `yank CONTAINER FILE…`. */
export function defineYank(command: Command, run: Run): void {
  addArguments(command).option(
    '--reason <text>',
    'what is wrong with them; installers show it (default: the reason they have, if they are yanked already)',
  );
  addOutput(command).action((container: string, files: string[], flags: YankFlags) =>
    run('yank', flags, async (session) => {
      const { withContainer } = await import('../containers.ts');
      const { yank } = await import('../../flows/yank.ts');
      const { signal, onEvent } = session;
      return withContainer(container, flags, session, (opened) =>
        yank({ container: opened, files, layout: flags.layout, reason: flags.reason, signal, onEvent }),
      );
    }),
  );
}

/** `unyank CONTAINER FILE…`. */
export function defineUnyank(command: Command, run: Run): void {
  addArguments(command);
  addOutput(command).action((container: string, files: string[], flags: YankFlags) =>
    run('unyank', flags, async (session) => {
      const { withContainer } = await import('../containers.ts');
      const { unyank } = await import('../../flows/yank.ts');
      const { signal, onEvent } = session;
      return withContainer(container, flags, session, (opened) =>
        unyank({ container: opened, files, layout: flags.layout, signal, onEvent }),
      );
    }),
  );
}

function addArguments(command: Command): Command {
  command
    .argument('<container>', 'a folder, a URL of a store, or NAME with --provider')
    .argument('<file...>', 'names of files in it');
  return addStore(command).addOption(layout());
}

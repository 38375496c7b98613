import type { Command } from 'commander';
import { addOutput } from '../options.ts';
import type { Run } from '../command.ts';
import type { OutputOptions } from '../session.ts';

interface InspectFlags extends OutputOptions {
  contents?: boolean;
  indexUrl?: string;
}

/** `inspect FILE|URL…`. */
export function defineInspect(command: Command, run: Run): void {
  command
    .argument('<file...>', 'paths or URLs of wheels and sdists; patterns such as dist/*.whl, too')
    .option('--contents', 'list the files in it too')
    .option('--index-url <url>', 'the index that the install lines name');
  addOutput(command).action((files: string[], flags: InspectFlags) =>
    run('inspect', flags, async (session) => {
      const { expandGlobs } = await import('../../io/expand-globs.ts');
      const { inspect } = await import('../../flows/inspect.ts');
      const { describeDetails } = await import('../render/details.ts');
      const { summary, details } = await inspect({
        files: await expandGlobs(files),
        contents: flags.contents === true,
        ...(flags.indexUrl === undefined || flags.indexUrl === '' ? {} : { indexUrl: flags.indexUrl }),
        signal: session.signal,
        onEvent: session.onEvent,
      });
      for (const artifact of details)
        session.tellResult({ event: 'details', ...artifact }, () => describeDetails(artifact));
      return summary;
    }),
  );
}

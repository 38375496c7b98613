import type { Command } from 'commander';
import type { Run } from './command.ts';

type Define = (command: Command, run: Run) => void;

/** A command as `--help` lists it; the file that defines it is loaded only when it is called. */
export interface ListedCommand {
  /** Its name and its arguments. */
  readonly synopsis: string;
  readonly alias?: string;
  readonly description: string;
  readonly load: () => Promise<Define>;
}

/** In the order in which `--help` lists them. */
export const listedCommands: readonly ListedCommand[] = [
  {
    synopsis: 'upload [container]',
    description: 'upload every wheel and sdist of a folder to a container and bring its index up to date',
    load: async () => (await import('./commands/upload.ts')).defineUpload,
  },
  {
    synopsis: 'fetch [project] [index...]',
    description: 'download every artifact of a project, or of one version of it, from all indexes',
    load: async () => (await import('./commands/fetch.ts')).defineFetch,
  },
  {
    synopsis: 'publish',
    alias: 'upload-all',
    description:
      'publish every artifact of one version to a registry: wheels first, the sdist last, then verify',
    load: async () => (await import('./commands/publish.ts')).definePublish,
  },
  {
    synopsis: 'release [project] [index...]',
    description: 'fetch one version of a project from all indexes, and publish exactly its files',
    load: async () => (await import('./commands/release.ts')).defineRelease,
  },
  {
    synopsis: 'mirror <index...>',
    description: 'copy what indexes list into a container, as far as it is not there yet; made for cron',
    load: async () => (await import('./commands/mirror.ts')).defineMirror,
  },
  {
    synopsis: 'index [container]',
    description: 'repair the records and pages of a container, or check them',
    load: async () => (await import('./commands/index-container.ts')).defineIndex,
  },
  {
    synopsis: 'prune [container]',
    description: 'take away old dev builds: never a release, never the last build of a tag set',
    load: async () => (await import('./commands/prune.ts')).definePrune,
  },
  {
    synopsis: 'yank <container> <file...>',
    description: 'mark files as yanked: installers pass them over unless pinned',
    load: async () => (await import('./commands/yank.ts')).defineYank,
  },
  {
    synopsis: 'unyank <container> <file...>',
    description: 'take back a yank',
    load: async () => (await import('./commands/yank.ts')).defineUnyank,
  },
  {
    synopsis: 'inspect <file...>',
    description: "show a distribution's details, and why a registry would refuse it",
    load: async () => (await import('./commands/inspect.ts')).defineInspect,
  },
  {
    synopsis: 'config',
    description: 'show the settings in force, and where each of them comes from; secrets stay hidden',
    load: async () => (await import('./commands/config.ts')).defineConfig,
  },
];

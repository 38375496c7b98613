import { InvalidArgumentError, Option, type Command } from 'commander';
import { variableOf } from '../config/settings.ts';

/** An option that can also be set by `WHEELHOUSE_UPLOADER_<NAME>`: flag over environment over file over default. */
export function setting(flags: string, description: string): Option {
  const option = new Option(flags, description);
  const variable = variableOf(option.name());
  // CI systems set what they do not have to the empty string.
  return process.env[variable] === '' ? option : option.env(variable);
}

/** An option that may be given several times; its values add up. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: string[] | undefined) => [
    ...(previous ?? []),
    value,
  ]);
}

/** Parses a whole number within bounds. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^[0-9]+$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** `--max-workers`, which is 4 where nobody chose. */
export function maxWorkers(): Option {
  return workers('how many files are on their way at once').default(4);
}

/** `--max-workers` of what publishes: without it the sizes of the files decide. */
export function publishWorkers(): Option {
  return workers('how many files are on their way at once (default: 8 to 24, by their size)');
}

function workers(description: string): Option {
  return setting('--max-workers <n>', description).argParser(wholeNumber(1, 64));
}

export function localFolder(): Option {
  return setting('--local-folder <folder>', 'where the distributions are').default('dist');
}

/** `--keep-dev`; without it the project's own file has a say, see `chooseKeepDev`. */
export function keepDevOption(): Option {
  return setting(
    '--keep-dev <n>',
    'how many dev builds stay per project, kind and tags (default: 5)',
  ).argParser(wholeNumber(1, 1_000_000));
}

/** `--on-conflict`. */
export function onConflict(): Option {
  return setting(
    '--on-conflict <what>',
    'same name, other bytes (default: overwrite for dev builds, error for the rest)',
  ).choices(['error', 'overwrite', 'skip']);
}

/** `--layout`. */
export function layout(): Option {
  return setting('--layout <which>', 'which pages to keep').choices(['flat', 'simple', 'all']).default('all');
}

/** What {@link addStore} gives. */
export interface StoreFlags {
  readonly provider?: string | undefined;
  readonly username?: string | undefined;
  readonly secret?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly sslCheck: boolean;
}

/** The flags of a store: which, where, and as whom. */
export function addStore(command: Command): Command {
  addProvider(command, 'the store of a bare NAME (default: CLOUDFILES)');
  return addLeavable(command, [
    setting('--username <name>', 'account, access key or user name of the store'),
    setting('--secret <secret>', 'its secret; better given by the environment'),
    setting('--region <region>', 'region of the store (Rackspace: ord)'),
    setting('--endpoint <url>', 'address of a compatible store or an emulator'),
  ]).option('--no-ssl-check', "do not verify the store's certificate");
}

/** `--provider`, which the original calls `--provider-name`: of the two, what was typed last counts. */
export function addProvider(command: Command, description: string): Command {
  return addLeavable(command, [setting('--provider <name>', description)])
    .addOption(new Option('--provider-name <name>').hideHelp())
    .on('option:provider-name', (name: string) => command.setOptionValueWithSource('provider', name, 'cli'));
}

/**
 * Adds options whose empty value says nothing, as in the original: the variable counts then. Builds pass on what they
 * do not have as `--secret "$SECRET"`.
 */
export function addLeavable(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command.hook('preAction', () => {
    for (const option of options) {
      const name = option.attributeName();
      if (command.getOptionValue(name) !== '') continue;
      const set = option.envVar === undefined ? undefined : process.env[option.envVar];
      command.setOptionValueWithSource(name, set, set === undefined ? undefined : 'env');
    }
  });
}

/** `--include`, `--exclude`: by file name. */
export function addGlobs(command: Command): Command {
  return command
    .addOption(repeatable('--include <glob>', 'only files whose name matches (repeatable)'))
    .addOption(repeatable('--exclude <glob>', 'no file whose name matches (repeatable)'));
}

/** What every command takes. */
export function addOutput(command: Command): Command {
  return command
    .option('--json', 'one JSON event a line on stdout, the last one the summary')
    .option('-q, --quiet', 'only problems')
    .option('-v, --verbose', 'details, digests and causes');
}

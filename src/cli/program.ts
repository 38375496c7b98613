import { Command, CommanderError, Help } from 'commander';
import type { Command as CommandName } from '../model/events.ts';
import type { Run } from './command.ts';
import { listedCommands, type ListedCommand } from './command-list.ts';
import { helpText } from './help.ts';
import type { Surroundings } from './streams.ts';
import { usageHint } from './usage-hint.ts';

/**
 * Parses the arguments (without `node` and the script), runs the command and gives its exit status:
 * 0 done, 1 something failed, 2 wrong usage or configuration, 130 interrupted.
 */
export async function runProgram(
  args: readonly string[],
  version: string,
  surroundings: Surroundings,
  interrupt: AbortSignal,
): Promise<number> {
  let status = 0;
  const run: Run = async (command, output, act) => {
    // Loaded at first use, like all that a command needs: --help and --version are as quick as Node itself.
    const { runSession } = await import('./session.ts');
    const { environmentSecrets } = await import('./environment-secrets.ts');
    const { urlSecrets } = await import('./url-secrets.ts');
    const { environment } = surroundings;
    const secrets = [...environmentSecrets(environment), ...urlSecrets(args, environment)];
    status = await runSession(command, output, surroundings, interrupt, act, secrets);
  };
  const program = new Command('wheelhouse-uploader')
    .version(version, '-V, --version')
    .enablePositionalOptions() // `fetch --version` is fetch's own
    .helpOption('-h, --help')
    .configureHelp({
      formatHelp: (command, helper) =>
        command.parent === null ? helpText() : Help.prototype.formatHelp.call(helper, command, helper),
    })
    .configureOutput({
      writeOut: (text) => surroundings.out.write(text),
      writeErr: (text) => surroundings.err.write(withoutValue(text)),
      outputError: (text, write) => write(`${text}hint: ${usageHint(text)}\n`),
    })
    .exitOverride();
  for (const command of listedCommands) await addCommand(program, command, args, run);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    if (args.includes('--json')) await tellUsage(thrown, args, program, surroundings);
    return 2;
  }
}

/** Lists a command; defines it only if it may be the one that is called. */
async function addCommand(
  program: Command,
  { synopsis, alias, description, load }: ListedCommand,
  args: readonly string[],
  run: Run,
): Promise<void> {
  const [name = ''] = synopsis.split(' ', 1);
  const called = args.includes(name) || (alias !== undefined && args.includes(alias));
  const command = program
    .command(called ? name : synopsis)
    .description(description)
    .exitOverride();
  if (alias !== undefined) command.alias(alias);
  if (called) (await load())(command, run);
}

/** Commander repeats a mistyped option as it was written: `--tokn=secret`, `-xsecret`. */
function withoutValue(text: string): string {
  return text
    .replace(/(unknown option '[^'=\n]*)=.*'/s, "$1=…'")
    .replace(/(unknown option '-[^-'])[^'\n]+'/, "$1…'");
}

/** With `--json` the last line is the summary whatever happens, wrong usage included. */
async function tellUsage(
  thrown: CommanderError,
  args: readonly string[],
  program: Command,
  { out }: Surroundings,
): Promise<void> {
  const { summarize } = await import('../model/events.ts');
  const typed = args.map((arg) => program.commands.find((one) => [one.name(), one.alias()].includes(arg)));
  const known = typed.find((command) => command !== undefined);
  const message =
    withoutValue(thrown.message)
      .replace(/^error: /, '')
      .split('\n', 1)[0] ?? '';
  out.write(`${JSON.stringify({ event: 'error', code: 'USAGE', message })}\n`);
  const name = (known?.name() ?? 'upload') as CommandName;
  out.write(`${JSON.stringify(summarize(name, [], { ok: false, exitCode: 2 }))}\n`);
}

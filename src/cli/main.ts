import { readFileSync } from 'node:fs';

// `wheelhouse inspect … | head` closes our stdout early. That is no failure of ours, and what is under way, such as an
// upload, goes on to its end and to its own exit status; so it does when its log on stderr cannot be written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`error: the results cannot be written to stdout: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on('error', () => undefined);

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// Each of these alone is answered without the parser, whose loading takes as long as all the rest.
const args = process.argv.slice(2);
const asked = args.length === 1 ? args[0] : undefined;
if (asked === '--version' || asked === '-V') process.stdout.write(`${version}\n`);
else if (asked === '--help' || asked === '-h') {
  const { helpText } = await import('./help.ts');
  process.stdout.write(helpText());
} else {
  const { run } = await import('./run.ts');
  await run(args, version);
}

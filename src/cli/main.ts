import { readFileSync } from 'node:fs';

// `wheelhouse inspect … | head` closes our stdout early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

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

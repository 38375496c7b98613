import { mirror } from '../../src/flows/mirror.ts';
import { openFolder } from '../../src/storage/drivers/folder.ts';

/** One of several mirrors, run as a process of its own. It says what happens as JSON lines. */
const [root = '', spoolFolder = '', ...indexes] = process.argv.slice(2);
const summary = await mirror({
  container: openFolder(root),
  indexes,
  spoolFolder,
  onEvent: (event) => {
    if (event.event !== 'progress') process.stdout.write(`${JSON.stringify(event)}\n`);
  },
});
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = summary.exitCode;

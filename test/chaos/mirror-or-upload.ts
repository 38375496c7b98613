import { mirror } from '../../src/flows/mirror.ts';
import { upload } from '../../src/flows/upload.ts';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { openFolder } from '../../src/storage/drivers/folder.ts';

/** One of several mirrors and uploads, run as a process of its own. It says what happens as JSON lines. */
const [command, root = '', place = '', ...indexes] = process.argv.slice(2);
const container = openFolder(root);
const onEvent = (event: WheelhouseEvent) => {
  if (event.event !== 'progress') process.stdout.write(`${JSON.stringify(event)}\n`);
};
const summary =
  command === 'mirror'
    ? await mirror({ container, indexes, spoolFolder: place, onEvent })
    : await upload({ container, localFolder: place, onEvent });
process.exitCode = summary.exitCode;

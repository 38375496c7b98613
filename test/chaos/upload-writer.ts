import { upload } from '../../src/flows/upload.ts';
import { openFolder } from '../../src/storage/drivers/folder.ts';

/** One of many uploads, run as a process of its own. It says what happens as JSON lines. */
const [root = '', localFolder = '', maxWorkers = '4'] = process.argv.slice(2);
const summary = await upload({
  container: openFolder(root),
  localFolder,
  maxWorkers: Number(maxWorkers),
  stamp: false, // a build that is named alike is overwritten
  onEvent: (event) => {
    if (event.event !== 'progress') process.stdout.write(`${JSON.stringify(event)}\n`);
  },
});
process.exitCode = summary.exitCode;

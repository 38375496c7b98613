import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf, WheelhouseError } from '../model/errors.ts';

/** No list of wheels is longer; a wheel given by mistake is. */
const mostBytes = 1024 * 1024;

/** What `--expect` or `expect` of the project's file says: tags, or the path of a file with them. */
export async function readExpectation(given: readonly string[], folder: string): Promise<string> {
  const [only = '', ...others] = given;
  if (others.length > 0 || only.includes('\n')) return given.join('\n');
  const path = resolve(folder, only);
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile() === true) {
    if (file.size > mostBytes) throw config(`${only} is too large for a list of what is expected`);
    return readFile(path, 'utf8').catch((thrown: unknown) => {
      throw config(`${only} cannot be read: ${reasonOf(thrown)}`);
    });
  }
  // No tag has a slash, and no platform ends in what a list would.
  if (/[/\\]|\.(?:txt|list|cfg|in)$/i.test(only)) throw config(`there is no file ${only}`);
  return only;
}

function config(message: string): WheelhouseError {
  return new WheelhouseError('CONFIG', message, {
    hint: 'expect takes tags, such as cp312-win_amd64, or the path of a file with one a line',
  });
}

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Puts a `keyring` program into `folder` that runs `body` (JavaScript; `url` and `username` are what it was asked) and
 * gives the environment in which it, and no other, is found.
 */
export async function installKeyring(folder: string, body: string): Promise<Record<string, string>> {
  const program = join(folder, 'keyring');
  await writeFile(
    program,
    `#!${process.execPath}\nconst [verb, url, username] = process.argv.slice(2);\nif (verb !== 'get') process.exit(2);\n${body}\n`,
  );
  await chmod(program, 0o755);
  return { PATH: folder };
}

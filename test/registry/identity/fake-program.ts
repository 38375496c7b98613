import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Puts a program into `folder` that runs `body` (JavaScript; `args` is what it was given) and gives the environment in
 * which it, and no other, is found.
 */
export async function installProgram(
  folder: string,
  name: string,
  body: string,
): Promise<Record<string, string>> {
  const program = join(folder, name);
  await writeFile(program, `#!${process.execPath}\nconst args = process.argv.slice(2);\n${body}\n`);
  await chmod(program, 0o755);
  return { PATH: folder };
}

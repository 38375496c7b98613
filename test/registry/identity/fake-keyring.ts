import { installProgram } from './fake-program.ts';

/** Installs a `keyring` program that runs `body` (JavaScript; `url` and `username`, if given, are what it was asked). */
export function installKeyring(folder: string, body: string): Promise<Record<string, string>> {
  const asked =
    "const [verb, url, username] = args.slice(args.indexOf('get'));\nif (verb !== 'get') process.exit(2);";
  return installProgram(folder, 'keyring', `${asked}\n${body}`);
}

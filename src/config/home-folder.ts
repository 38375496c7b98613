import { homedir } from 'node:os';

/**
 * Where `~` is, as Python's `expanduser` finds it for twine, pip and keyring. On Windows that is not `HOME`, which some
 * shells there set to a folder of their own.
 */
export function homeFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  return environment[platform === 'win32' ? 'USERPROFILE' : 'HOME'] ?? homedir();
}

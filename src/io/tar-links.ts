import { posix } from 'node:path';
import type { TarEntry } from './tar-entries.ts';

/**
 * Whether installers refuse to unpack an entry, and with it the archive: a link that leads out of the folder, a device
 * or a pipe (PEP 706, the `data` filter). pip unpacks what is in the top folder without that folder.
 */
export function isRefused(name: string, { type, linkName = '' }: TarEntry): boolean {
  switch (type) {
    case 'symlink':
      return leadsOut(linkName, posix.join(withoutTop(posix.dirname(name)), linkName));
    case 'link': // named from the archive's root
      return leadsOut(linkName, posix.normalize(linkName));
    case 'character-device':
    case 'block-device':
    case 'fifo':
      return true;
    default:
      return false;
  }
}

function leadsOut(linkName: string, target: string): boolean {
  return linkName.startsWith('/') || target === '..' || target.startsWith('../');
}

function withoutTop(folder: string): string {
  const slash = folder.indexOf('/');
  return slash === -1 ? '.' : folder.slice(slash + 1);
}

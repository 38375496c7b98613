import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { hasCode } from '../model/errors.ts';

const thisHost = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/** This process, in the names of the files and folders that are its own: `1a2b3c-4711`, machine and process. */
export const thisProcess = `${thisHost}-${process.pid}`;

/** Matches {@link thisProcess} of any process, as the source of a regular expression. */
export const processName = '(?<host>[0-9a-f]{6})-(?<pid>\\d+)';

/** Whether the process that was named has ended. Not known, and so false, of one on another machine. */
export function hasEnded({ host, pid }: Readonly<Record<string, string | undefined>>): boolean {
  if (host !== thisHost) return false;
  try {
    return !process.kill(Number(pid), 0);
  } catch (thrown) {
    return hasCode(thrown, 'ESRCH'); // EPERM: there is one, of another user
  }
}

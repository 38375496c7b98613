import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../../../model/errors.ts';

/** A process, told apart from every other that ever was or will be. */
export interface Owner {
  /** Names the space in which `pid` means something: host, boot and, on Linux, process namespace. */
  readonly space: string;
  readonly pid: number;
  /** When the process started, as the system counts; empty where that is not known. Pids are used again. */
  readonly started: string;
}

let self: Promise<Owner> | undefined;

/** This process. */
export function thisOwner(): Promise<Owner> {
  self ??= describeSelf();
  return self;
}

/** Whether the owner is known to have ended. False for processes of another host or container: nobody here knows. */
export async function hasEnded(owner: Owner): Promise<boolean> {
  if (owner.space !== (await thisOwner()).space) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (thrown) {
    return hasCode(thrown, 'ESRCH');
  }
  if (owner.started === '') return false;
  const status = await readStatus(owner.pid);
  if (status === undefined) return false;
  // A zombie still has its pid, but will never write again.
  return status.started !== owner.started || status.state === 'Z' || status.state === 'X';
}

async function describeSelf(): Promise<Owner> {
  // Two containers may share a host name and a volume, but not the meaning of a pid.
  const parts = [
    hostname(),
    await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    await readlink('/proc/self/ns/pid').catch(() => ''),
  ];
  const space = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
  const status = await readStatus(process.pid);
  return { space, pid: process.pid, started: status?.started ?? '' };
}

/** State and start time from Linux' /proc; undefined elsewhere. */
async function readStatus(pid: number): Promise<{ state: string; started: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the command in parentheses, and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return state === undefined || started === undefined ? undefined : { state, started };
}

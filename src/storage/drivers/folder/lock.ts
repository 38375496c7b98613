import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { patiently } from '../../../io/patiently.ts';
import { hasCode, WheelhouseError } from '../../../model/errors.ts';
import { failureOf, throwIfAborted } from '../../../io/abort.ts';
import { isMissing } from './failure.ts';
import { hasEnded, thisOwner, type Owner } from './owner.ts';

export interface LockTimes {
  /** A lock this old may be broken even if nobody knows whether its owner lives. Default: 10,000. */
  readonly leaseMs?: number;
  /** How long to wait for another owner. Default: 30,000. */
  readonly waitMs?: number;
}

const defaults = { leaseMs: 10_000, waitMs: 30_000 };

/** A lock that is held. */
export interface Lock {
  /** False once another owner may have broken the lock: what it guards must not be done any more. */
  readonly safe: boolean;
  release(): Promise<void>;
}

/** The name of the lock file for a key. */
export function lockName(key: string): string {
  // On some file systems names that differ in case or normal form are one file.
  const name = key.normalize('NFC').toLowerCase();
  return `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.lock`;
}

/** What a lock file says, and when it was made by the clock of its file system. */
interface Holder {
  readonly text: string;
  readonly madeMs: number;
}

/**
 * Takes the lock at `path`, a file that only one process can create, and that names its owner.
 *
 * The lock of an owner that ended on this host is broken at once, any other after its lease. Whoever breaks a lock
 * holds a second one for it (`<path>.break`, broken by the same rule), looks again, and only then removes it: so two
 * breakers cannot follow each other and remove the lock of the successor. Throws `TIMEOUT` after `waitMs`.
 */
export async function takeLock(path: string, times: LockTimes = {}, signal?: AbortSignal): Promise<Lock> {
  const { leaseMs, waitMs } = { ...defaults, ...times };
  const beganMs = performance.now();
  let watched: { text: string; sinceMs: number } | undefined;
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    const lock = await tryLock(path, leaseMs);
    if (lock !== undefined) return lock;

    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (watched?.text !== holder.text) watched = { text: holder.text, sinceMs: performance.now() };
    // The clock of a file server may be wrong, our own watch is not. Whether the lease is over is judged again.
    const seenMs = Math.max(Date.now() - holder.madeMs, performance.now() - watched.sinceMs);
    if (seenMs >= leaseMs || (await ownerHasEnded(holder))) {
      await breakLock(path, holder, times, signal);
      if (attempt < 3) continue;
    }
    if (performance.now() - beganMs > waitMs) throw stillHeld(path, waitMs);
    await pause(attempt, signal);
  }
}

/** Removes the lock at `path` if its owner has ended or its lease is over. */
export async function breakStaleLock(path: string, times: LockTimes = {}): Promise<void> {
  const holder = await readHolder(path);
  if (holder === undefined) return;
  const oldMs = Date.now() - holder.madeMs;
  if (oldMs >= (times.leaseMs ?? defaults.leaseMs) || (await ownerHasEnded(holder)))
    await breakLock(path, holder, times);
}

async function breakLock(
  path: string,
  judged: Holder,
  times: LockTimes,
  signal?: AbortSignal,
): Promise<void> {
  const breaker = await takeLock(`${path}.break`, times, signal);
  try {
    const holder = await readHolder(path);
    if (holder?.text !== judged.text) return;
    // Both times come from the file system's clock, whichever that is.
    const breakerMadeMs = (await readHolder(`${path}.break`))?.madeMs ?? 0;
    const expired = breakerMadeMs - holder.madeMs >= (times.leaseMs ?? defaults.leaseMs);
    if (breaker.safe && (expired || (await ownerHasEnded(holder)))) await remove(path, () => breaker.safe);
  } finally {
    await breaker.release();
  }
}

async function tryLock(path: string, leaseMs: number): Promise<Lock | undefined> {
  const owner = await thisOwner();
  const text = JSON.stringify({ ...owner, token: randomUUID() });
  const since = { steadyMs: performance.now(), wallMs: Date.now() };
  try {
    // Windows refuses a name whose last file is still being deleted.
    const handle = await patiently(() => open(path, 'wx', 0o644));
    try {
      await handle.write(text);
    } catch (thrown) {
      // On a full disk say: an unsigned lock would hold up the others for its lease.
      await remove(path);
      throw thrown;
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return undefined;
    throw thrown;
  }
  // Half the lease: nobody breaks before the whole of it, so there is time to act after asking.
  const isSafe = () => Math.max(performance.now() - since.steadyMs, Date.now() - since.wallMs) < leaseMs / 2;
  return {
    get safe() {
      return isSafe();
    },
    // An owner that is late might remove the lock of its successor. It leaves its own to whoever breaks it.
    release: () => (isSafe() ? remove(path, isSafe) : Promise.resolve()),
  };
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const [text, { mtimeMs }] = await patiently(() => Promise.all([readFile(path, 'utf8'), stat(path)]));
    return { text, madeMs: mtimeMs };
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

async function ownerHasEnded(holder: Holder): Promise<boolean> {
  const owner = parseOwner(holder.text);
  return owner !== undefined && hasEnded(owner);
}

/** Undefined for a lock whose owner has not signed it yet, or died before it could: only its lease counts. */
function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('space' in value && 'pid' in value && 'started' in value)) return undefined;
    const { space, pid, started } = value;
    if (typeof space !== 'string' || typeof pid !== 'number' || typeof started !== 'string') return undefined;
    return { space, pid, started };
  } catch {
    return undefined;
  }
}

async function remove(path: string, mayGoOn?: () => boolean): Promise<void> {
  await patiently(() => unlink(path), { ...(mayGoOn && { mayGoOn }) }).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
}

async function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const longestMs = Math.min(2 + attempt * 2, 50);
  try {
    await delay(1 + Math.random() * longestMs, undefined, { signal });
  } catch (thrown) {
    throw failureOf(thrown, 'FILE_SYSTEM', 'cannot wait', signal);
  }
}

function stillHeld(path: string, waitMs: number): WheelhouseError {
  return new WheelhouseError('TIMEOUT', `another process has held ${path} for ${waitMs / 1000} s`, {
    hint: 'if no other upload is running, remove that file',
  });
}

import { randomBytes } from 'node:crypto';
import { WheelhouseError } from '../model/errors.ts';
import type { Container, WriteCondition } from './container.ts';
import { bytesSource } from './source.ts';

/** How one attempt to write under a condition ended. */
type ProbeAnswer = 'written' | 'refused' | 'unsupported';

export interface ProbeWrites {
  /** Writes the key under a condition, which is passed on as it is; gives the version tag. Throws `WheelhouseError`. */
  put(key: string, content: string, condition?: WriteCondition): Promise<string>;
  remove(key: string): Promise<void>;
}

/** What a store makes of conditions: none, or the spelling of tags that it understands. */
export type Conditions = 'none' | 'as-given' | 'unquoted';

export type Probe<T> = (signal: AbortSignal | undefined) => Promise<T>;

/** A probe that is made at the first call, and again only after one that failed. */
export function once<T>(probe: Probe<T>): Probe<T> {
  let asked: Promise<T> | undefined;
  return (signal) =>
    (asked ??= probe(signal).catch((thrown: unknown) => {
      asked = undefined;
      throw thrown;
    }));
}

/** Of an object that is written to find something out, and removed. */
export function probeKey(): string {
  return `.wheelhouse/probe/${randomBytes(8).toString('hex')}`;
}

/** What a write under a condition tells of conditions. Throws what tells nothing. */
async function answerOf(write: Promise<unknown>): Promise<ProbeAnswer> {
  try {
    await write;
    return 'written';
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError)) throw thrown;
    if (thrown.code === 'PRECONDITION_FAILED') return 'refused';
    if (thrown.status === 400 || thrown.status === 501) return 'unsupported';
    throw thrown;
  }
}

/**
 * Finds out by trying whether a store honours conditional writes, and how it wants tags spelt: providers and
 * versions differ, and a store that ignores a condition answers as if it had held.
 */
export async function probeConditions(writes: ProbeWrites): Promise<Conditions> {
  const key = probeKey();
  const first = await writes.put(key, 'probe');
  // Other bytes each time: equal ones would pass for our own, had an answer been lost.
  const putIfAbsent = () => answerOf(writes.put(key, 'probe if absent', { ifAbsent: true }));
  const putIfTag = (tag: string) => answerOf(writes.put(key, `probe if ${tag}`, { ifTag: tag }));
  try {
    if ((await putIfAbsent()) !== 'refused') return 'none';
    // The last digit only: what no longer looks like a tag of the store might be refused for that.
    const stale = first.replace(/[0-9a-f](?=[^0-9a-f]*$)/i, (digit) => (digit === '0' ? '1' : '0'));
    if ((await putIfTag(stale)) !== 'refused') return 'none';
    // Some stores compare the bytes of the header and know the tag without its quotes (Ceph RGW, Spaces).
    if ((await putIfTag(first)) === 'written') return 'as-given';
    return (await putIfTag(first.replace(/"/g, ''))) === 'written' ? 'unquoted' : 'none';
  } finally {
    await writes.remove(key);
  }
}

/** Whether a container that passes every condition on to its store is heard there. */
export async function honoursConditions(
  container: Pick<Container, 'write' | 'delete'>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const conditions = await probeConditions({
    put: async (key, content, condition) => {
      const { tag } = await container.write(key, bytesSource(content), {
        contentType: 'text/plain',
        ...(condition && { condition }),
        ...(signal && { signal }),
      });
      return tag;
    },
    remove: (key) => container.delete(key, signal),
  });
  return conditions === 'as-given';
}

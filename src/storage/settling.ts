import { WheelhouseError } from '../model/errors.ts';
import type { Container, WriteCondition } from './container.ts';
import type { ProbeAnswer, ProbeWrites } from './probe.ts';
import { bytesSource } from './source.ts';

/**
 * Makes a write that is attempted again and again safe to condition: when an earlier attempt's answer was lost,
 * a refusal may be the store's answer to our own bytes. `attempt` throws `WheelhouseError`; `findOwn` gives the
 * object that is there if it is what we sent.
 */
export function settling<T>(
  attempt: () => Promise<T>,
  findOwn: () => Promise<T | undefined>,
): () => Promise<T> {
  let mayHaveLanded = false;
  return async () => {
    try {
      return await attempt();
    } catch (thrown) {
      if (!(thrown instanceof WheelhouseError)) throw thrown;
      if (thrown.code === 'PRECONDITION_FAILED' && mayHaveLanded) {
        const own = await findOwn();
        if (own !== undefined) return own;
      }
      mayHaveLanded ||= thrown.transient;
      throw thrown;
    }
  };
}

/** A failure that has been tried again often enough: whoever hears of it is not to start over. */
export function giveUp(thrown: unknown): never {
  if (!(thrown instanceof WheelhouseError) || !thrown.transient) throw thrown;
  const { code, message, hint, status } = thrown;
  throw new WheelhouseError(code, message, {
    cause: thrown,
    final: true,
    ...(hint !== undefined && { hint }),
    ...(status !== undefined && { status }),
  });
}

export function lostRace(key: string, cause?: unknown): WheelhouseError {
  return new WheelhouseError(
    'PRECONDITION_FAILED',
    `another writer was first at ${key}`,
    cause === undefined ? {} : { cause },
  );
}

/** A conflict where nothing was asked of what is there: no race was lost, the store is busy with the names around it. */
export function busy(conflict: WheelhouseError): WheelhouseError {
  const { message, status } = conflict;
  return new WheelhouseError('SERVER_ERROR', message, {
    cause: conflict,
    ...(status !== undefined && { status }),
  });
}

/** The probe's writes through a container that passes every condition on to its store. */
export function probeWritesOf(
  container: Pick<Container, 'write' | 'delete'>,
  signal: AbortSignal | undefined,
): ProbeWrites {
  const put = async (key: string, content: string, condition?: WriteCondition) => {
    const { tag } = await container.write(key, bytesSource(content), {
      contentType: 'text/plain',
      ...(condition && { condition }),
      ...(signal && { signal }),
    });
    return tag;
  };
  const attempt = async (key: string, content: string, condition: WriteCondition): Promise<ProbeAnswer> => {
    try {
      await put(key, content, condition);
      return 'written';
    } catch (thrown) {
      if (!(thrown instanceof WheelhouseError)) throw thrown;
      if (thrown.code === 'PRECONDITION_FAILED') return 'refused';
      if (thrown.status === 400 || thrown.status === 501) return 'unsupported';
      throw thrown;
    }
  };
  return {
    put: (key) => put(key, 'probe'),
    // Other bytes each time: equal ones would pass for our own, had an answer been lost.
    putIfAbsent: (key) => attempt(key, 'probe if absent', { ifAbsent: true }),
    putIfTag: (key, tag) => attempt(key, `probe if ${tag}`, { ifTag: tag }),
    remove: (key) => container.delete(key, signal),
  };
}

import { WheelhouseError } from '../model/errors.ts';

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

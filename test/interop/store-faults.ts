import { WheelhouseError } from '../../src/model/errors.ts';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import type { Fault } from '../servers/fault-proxy.ts';

/** The first request like that goes wrong, the others do not. */
export function once<R>(isMeant: (request: R) => boolean, fault: Fault): (request: R) => Fault | undefined {
  let left = 1;
  return (request) => (isMeant(request) && left-- > 0 ? fault : undefined);
}

/** How a promise fails, which it must, and in our words. */
export async function told(promise: Promise<unknown>): Promise<WheelhouseError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof WheelhouseError) return thrown;
  throw new Error('it should have failed with a WheelhouseError', { cause: thrown });
}

export function retriesOf(events: readonly WheelhouseEvent[]): string[] {
  return events.flatMap((event) => (event.event === 'retry' ? [event.reason] : []));
}

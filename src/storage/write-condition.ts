import { WheelhouseError } from '../model/errors.ts';
import type { WriteCondition } from './container.ts';

/** Throws {@link lostRace} when a condition no longer holds; `tag` is that of what is under the key, if anything is. */
export function assertHolds(
  key: string,
  condition: WriteCondition | undefined,
  tag: string | undefined,
): void {
  if (condition === undefined) return;
  const holds = 'ifAbsent' in condition ? tag === undefined : tag === condition.ifTag;
  if (!holds) throw lostRace(key);
}

/** A condition that did not hold. */
export function lostRace(key: string, cause?: unknown): WheelhouseError {
  return new WheelhouseError('PRECONDITION_FAILED', `another writer was first at ${key}`, { cause });
}

/** A conflict where nothing was asked of what is there: no race was lost, the store is busy with the names around it. */
export function busy(conflict: WheelhouseError): WheelhouseError {
  const { message, status } = conflict;
  return new WheelhouseError('SERVER_ERROR', message, {
    cause: conflict,
    ...(status !== undefined && { status }),
  });
}

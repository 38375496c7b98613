import { retry, tellRetries } from '../io/retry.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { FlowOptions } from '../model/events.ts';
import type { WriteCondition } from '../storage/container.ts';

/** How an object is written beside other writers. */
export interface WriteMode extends FlowOptions {
  /** What `Container.conditionalWrites` answered. */
  readonly conditional: boolean;
}

/** How often a race for one object is run again. */
export const maxRaces = 8;

/** The condition that nothing has changed since the object was looked at, where the store knows conditions. */
export function unchangedSince(
  there: { readonly tag?: string } | undefined,
  { conditional }: Pick<WriteMode, 'conditional'>,
): { condition?: WriteCondition } {
  if (!conditional) return {};
  return { condition: there?.tag === undefined ? { ifAbsent: true } : { ifTag: there.tag } };
}

/** Tries again what failed for a moment. Drivers do so too; this is for what they cannot know to be harmless. */
export function retried<T>(
  what: string,
  { signal, onEvent }: FlowOptions,
  attempt: (n: number) => Promise<T>,
): Promise<T> {
  return retry(attempt, { attempts: 3, what, signal, onRetry: tellRetries(onEvent) });
}

export function isLostRace(thrown: unknown): boolean {
  return thrown instanceof WheelhouseError && thrown.code === 'PRECONDITION_FAILED';
}

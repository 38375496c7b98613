import type { WriteCondition } from '../../container.ts';
import { answerOf, probeConditions, type Conditions } from '../../probe.ts';

/** The headers of a conditional write. */
export interface S3Condition {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/** A condition in the spelling that the store understands. */
export function spellCondition(condition: WriteCondition | undefined, spelling: Conditions): S3Condition {
  if (condition === undefined || spelling === 'none') return {};
  if ('ifAbsent' in condition) return { IfNoneMatch: '*' };
  return { IfMatch: spelling === 'unquoted' ? condition.ifTag.replace(/"/g, '') : condition.ifTag };
}

/** Asks a bucket what it makes of conditions. `put` retries, gives the ETag, and throws `WheelhouseError`. */
export function probeS3(
  put: (key: string, content: string, condition: S3Condition) => Promise<string>,
  remove: (key: string) => Promise<void>,
): Promise<Conditions> {
  return probeConditions({
    put: (key) => put(key, 'probe', {}),
    // Other bytes each time: equal ones would pass for our own, had an answer been lost.
    putIfAbsent: (key) => answerOf(() => put(key, 'probe if absent', { IfNoneMatch: '*' })),
    putIfTag: (key, tag) => answerOf(() => put(key, `probe if ${tag}`, { IfMatch: tag })),
    remove,
  });
}

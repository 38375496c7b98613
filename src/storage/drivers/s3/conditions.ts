import type { WriteCondition } from '../../container.ts';
import { probeConditions, type Conditions, type ProbeAnswer } from '../../probe.ts';
import { WheelhouseError } from '../../../model/errors.ts';

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
  const attempt = async (key: string, content: string, condition: S3Condition): Promise<ProbeAnswer> => {
    try {
      await put(key, content, condition);
      return 'written';
    } catch (thrown) {
      if (!(thrown instanceof WheelhouseError)) throw thrown;
      if (thrown.code === 'PRECONDITION_FAILED') return 'refused';
      if (thrown.status === 501 || thrown.status === 400) return 'unsupported';
      throw thrown;
    }
  };
  return probeConditions({
    put: (key) => put(key, 'probe', {}),
    // Other bytes each time: equal ones would pass for our own, had an answer been lost.
    putIfAbsent: (key) => attempt(key, 'probe if absent', { IfNoneMatch: '*' }),
    putIfTag: (key, tag) => attempt(key, `probe if ${tag}`, { IfMatch: tag }),
    remove,
  });
}

import type { WriteCondition } from '../../container.ts';
import type { Conditions } from '../../probe.ts';

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

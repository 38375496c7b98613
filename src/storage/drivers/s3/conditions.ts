import type { WriteCondition } from '../../container.ts';
import { probeConditions, type Conditions, type ProbeAnswer } from '../../probe.ts';
import { s3Failure } from './failure.ts';
import type { Put } from './put.ts';

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

/** Asks a bucket what it makes of conditions; `patiently` retries what is transient. */
export function probeS3(
  put: (key: string, condition: S3Condition) => Promise<Put>,
  remove: (key: string) => Promise<void>,
  patiently: <T>(attempt: () => Promise<T>) => Promise<T>,
): Promise<Conditions> {
  const attempt = (key: string, condition: S3Condition) =>
    patiently<ProbeAnswer>(async () => {
      try {
        await put(key, condition);
        return 'written';
      } catch (thrown) {
        const { code, status } = s3Failure(thrown, 'the probe');
        if (code === 'PRECONDITION_FAILED') return 'refused';
        if (status === 501 || status === 400) return 'unsupported';
        throw thrown;
      }
    });
  return probeConditions({
    put: (key) => patiently(() => put(key, {})).then(({ etag }) => etag),
    putIfAbsent: (key) => attempt(key, { IfNoneMatch: '*' }),
    putIfTag: (key, tag) => attempt(key, { IfMatch: tag }),
    remove,
  });
}

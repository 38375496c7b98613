import type { S3Client } from '@aws-sdk/client-s3';
import { unlessAborted } from '../../../io/abort.ts';
import { withDeadline } from '../../../io/deadline.ts';
import { WheelhouseError } from '../../../model/errors.ts';

type FindCredentials = S3Client['config']['credentials'];

/**
 * Looks for credentials as `find` does, but not for ever: a `credential_process` may never end, and the SDK would wait
 * for it, whatever becomes of the request that needs them. Throws `TIMEOUT` for good.
 */
export function inTime(
  find: FindCredentials,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): FindCredentials {
  return async (properties) => {
    const what = 'looking for AWS credentials';
    try {
      return await withDeadline({ what, timeoutMs, signal }, (ended) =>
        unlessAborted(find(properties), ended),
      );
    } catch (thrown) {
      throw thrown instanceof WheelhouseError && thrown.code === 'TIMEOUT' ? tooLate(timeoutMs) : thrown;
    }
  };
}

function tooLate(timeoutMs: number): WheelhouseError {
  const profile = process.env['AWS_PROFILE'] ?? '';
  const asked =
    profile === ''
      ? 'the default profile, the web identity or the metadata service'
      : `the credential_process, login or role of the profile ${profile}`;
  const flag = profile === '' ? '' : ` --profile ${profile}`;
  return new WheelhouseError(
    'TIMEOUT',
    `no AWS credentials came within ${timeoutMs / 1000} s from ${asked}`,
    {
      hint: `see what aws sts get-caller-identity${flag} waits for, or give --username and --secret`,
      final: true,
    },
  );
}

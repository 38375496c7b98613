import { createHash } from 'node:crypto';
import { WheelhouseError } from '../../../model/errors.ts';
import type { Container, Source, WriteOptions } from '../../container.ts';
import { digestOf } from '../../hashed-body.ts';
import { probeKey } from '../../probe.ts';
import { bytesSource, changedSource } from '../../source.ts';
import { isDigestRefused } from './failure.ts';

/**
 * Whether a store refuses bytes that are not those of the digest that their request is signed with. Not all do; where
 * one does, nobody else needs to hash what is sent.
 */
export async function probeDigests(
  container: Pick<Container, 'write' | 'delete'>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const key = probeKey();
  try {
    await container.write(key, bytesSource('probe'), {
      contentType: 'text/plain',
      sha256: createHash('sha256').update('other bytes').digest('hex'),
      signal,
    });
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError)) throw thrown;
    if (thrown.code === 'HASH_MISMATCH') return true;
    if (thrown.status === 400 || thrown.status === 501) return false;
    throw thrown;
  }
  await container.delete(key, signal);
  return false;
}

/** Why a digest was refused, if it is not that of the source: sent again, the bytes would be refused again. */
export async function sourceProblem(
  thrown: unknown,
  key: string,
  source: Source,
  { sha256, signal }: Pick<WriteOptions, 'sha256' | 'signal'>,
): Promise<WheelhouseError | undefined> {
  if (sha256 === undefined || !isDigestRefused(thrown)) return undefined;
  return (await digestOf('sha256', source, key, signal)) === sha256 ? undefined : changedSource(key, thrown);
}

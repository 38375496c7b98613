import type { Container } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import { pageHeaders } from './headers.ts';
import { renderRecord, type RecordBody } from './record.ts';
import { isLostRace, unchangedSince, type WriteMode } from './write-mode.ts';

/** Writes a record unless there is one; answers whether there was none. */
export async function giveRecord(
  container: Container,
  key: string,
  body: RecordBody,
  { conditional, signal }: Pick<WriteMode, 'conditional' | 'signal'>,
): Promise<boolean> {
  if (!conditional && (await container.stat(key, signal)) !== undefined) return false;
  try {
    await container.write(key, bytesSource(renderRecord(body)), {
      ...pageHeaders('json'),
      ...unchangedSince(undefined, { conditional }),
      signal,
    });
    return true;
  } catch (thrown) {
    if (!isLostRace(thrown)) throw thrown; // another run has recorded it meanwhile
    return false;
  }
}

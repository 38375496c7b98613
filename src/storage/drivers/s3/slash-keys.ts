import { WheelhouseError } from '../../../model/errors.ts';
import type { Container } from '../../container.ts';
import { probeKey } from '../../probe.ts';
import { bytesSource } from '../../source.ts';

const content = 'probe';

/** Whether an object is kept under a key that ends in `/`: stores on top of file systems take it for a folder. */
export async function probeSlashKeys(
  container: Pick<Container, 'write' | 'stat' | 'delete'>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const key = `${probeKey()}/`;
  try {
    await container.write(key, bytesSource(content), {
      contentType: 'text/plain',
      signal,
    });
    const stored = await container.stat(key, signal);
    await container.delete(key, signal);
    return stored?.sizeBytes === content.length;
  } catch (thrown) {
    if (thrown instanceof WheelhouseError && (thrown.status === 400 || thrown.status === 501)) return false;
    throw thrown;
  }
}

import { withDeadline } from '../../io/deadline.ts';
import { WheelhouseError } from '../../model/errors.ts';
import type { FlowOptions } from '../../model/events.ts';

/** A look that only gives a notice holds nobody up. */
const limitMs = 5000;
/** How stores answer whoever may not know; some hide what there is. */
const closed: ReadonlySet<number> = new Set([401, 403, 404]);

/**
 * Tells when the place that install lines name is closed to whoever has no credentials, as a new bucket is: pip would
 * be refused there. Only a refusal tells that; what cannot be reached from here may be open to those who install.
 */
export async function tellIfPrivate(url: string, { signal, onEvent }: FlowOptions): Promise<void> {
  if (!/^https?:/.test(url)) return;
  const { createHttp } = await import('../../io/http.ts'); // a folder needs no HTTP client
  const http = createHttp();
  try {
    const limits = { what: `a look at ${url}`, timeoutMs: limitMs, signal };
    const { status } = await withDeadline(limits, (either) =>
      http.request({ url, method: 'HEAD', signal: either }),
    );
    if (closed.has(status))
      onEvent?.({
        event: 'notice',
        message: `${url} cannot be read without credentials (${status}): installers need it to be public`,
      });
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError) || thrown.code === 'ABORTED') throw thrown;
  } finally {
    await http.close();
  }
}

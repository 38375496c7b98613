import { throwIfAborted } from '../../io/abort.ts';
import { withDeadline } from '../../io/deadline.ts';
import { headStatus } from '../../io/head-status.ts';
import { namesProxy } from '../../io/proxies.ts';
import type { FlowOptions } from '../../model/events.ts';

/** A look that only gives a notice holds nobody up. */
const limitMs = 5000;
/** How stores answer whoever may not know; some hide what there is. */
const closed: ReadonlySet<number | undefined> = new Set([401, 403, 404]);

/**
 * Tells when the place that install lines name is closed to whoever has no credentials, as a new bucket is: pip would
 * be refused there. Only a refusal tells that; what cannot be reached from here may be open to those who install.
 */
export async function tellIfPrivate(url: string, { signal, onEvent }: FlowOptions): Promise<void> {
  if (!/^https?:/.test(url) || namesProxy(process.env)) return;
  const limits = { what: `a look at ${url}`, timeoutMs: limitMs, signal };
  const status = await withDeadline(limits, (either) => headStatus(url, either)).catch(() => undefined);
  throwIfAborted(signal);
  if (closed.has(status))
    onEvent?.({
      event: 'notice',
      message: `${url} cannot be read without credentials (${status}): installers need it to be public`,
    });
}

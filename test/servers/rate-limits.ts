import { json, type Reply } from './buildkite-rules.ts';

/** How many requests there may be in a window. */
export interface Limit {
  readonly limit: number;
  readonly windowSeconds: number;
}

/**
 * Buildkite's two limits, counted apart, on every answer and with the words of
 * https://buildkite.com/docs/apis/rest-api/rate-limits; only the windows are shorter than a minute.
 */
export class RateLimits {
  readonly #limits: readonly { scope: string; header: string; of: Limit; startMs: number; current: number }[];

  constructor({ organization, user }: { readonly organization?: Limit; readonly user?: Limit }) {
    const counter = (scope: string, header: string, of: Limit) => ({
      scope,
      header,
      of,
      startMs: 0,
      current: 0,
    });
    const minute = (limit: number) => ({ limit, windowSeconds: 60 });
    this.#limits = [
      counter('rest', 'RateLimit', organization ?? minute(200)),
      counter('rest_user', 'RateLimit-User', user ?? minute(50)),
    ];
  }

  /** Counts one request: what goes into its answer, and the answer itself where it is one too many. */
  count(): { readonly headers: Readonly<Record<string, string>>; readonly refusal?: Reply } {
    const nowMs = performance.now();
    const headers: Record<string, string> = {};
    let refusal: Reply | undefined;
    for (const one of this.#limits) {
      const { scope, header, of } = one;
      if (one.startMs === 0 || nowMs >= one.startMs + of.windowSeconds * 1000) {
        one.startMs = nowMs;
        one.current = 0;
      }
      one.current++;
      const reset = Math.ceil((one.startMs + of.windowSeconds * 1000 - nowMs) / 1000);
      headers[`${header}-Scope`] = scope;
      headers[`${header}-Remaining`] = String(Math.max(0, of.limit - one.current));
      headers[`${header}-Limit`] = String(of.limit);
      headers[`${header}-Reset`] = String(reset);
      if (one.current <= of.limit) continue;
      const message = `You have exceeded your API rate limit. Please wait ${reset} seconds before making more requests.`;
      refusal ??= json(429, { message, scope, limit: of.limit, current: one.current, reset });
    }
    return refusal === undefined ? { headers } : { headers, refusal };
  }
}

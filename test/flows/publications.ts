import { createHttp } from '../../src/io/http.ts';
import type { ArtifactResult, PublishOutcome, Summary, WheelhouseEvent } from '../../src/model/events.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { Secret } from '../../src/model/secret.ts';
import type { PublishTarget } from '../../src/registry/target.ts';
import { openUploadApi } from '../../src/registry/upload-api.ts';
import { publish } from '../../src/flows/publish.ts';
import type { PublishOptions } from '../../src/flows/publish/options.ts';
import type { PypiServer } from '../servers/pypi-server.ts';

export interface Publication {
  readonly events: readonly WheelhouseEvent[];
  readonly summary?: Summary<PublishOutcome>;
  readonly error?: WheelhouseError;
  /** Waits that were asked for, in milliseconds; none of them was slept. */
  readonly waits: readonly number[];
}

export interface PublishTo extends Partial<PublishOptions> {
  readonly user?: readonly [username: string, password: string];
  readonly url?: string;
  /** Default: what the URL tells, which is `any` for a server of a test. */
  readonly rules?: PublishTarget['rules'];
}

/** Publishes a folder to a server as the command does, with waits that take no time. */
export async function publishTo(
  server: Pick<PypiServer, 'uploadUrl'>,
  localFolder: string,
  { user, url = server.uploadUrl, rules, ...options }: PublishTo = {},
): Promise<Publication> {
  const events: WheelhouseEvent[] = [];
  const waits: number[] = [];
  const credentials =
    user === undefined
      ? undefined
      : { kind: 'basic' as const, username: user[0], password: new Secret(user[1]) };
  try {
    const summary = await publish({
      target: { open: () => Promise.resolve(openUploadApi({ url, credentials, rules, http: createHttp() })) },
      localFolder,
      retries: { baseDelayMs: 1 },
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
      onEvent: (event) => events.push(event),
      ...options,
    });
    return { events, waits, summary };
  } catch (thrown) {
    if (thrown instanceof WheelhouseError) return { events, waits, error: thrown };
    throw thrown;
  }
}

export function outcomesOf({ summary }: Publication): Record<string, PublishOutcome> {
  return Object.fromEntries((summary?.artifacts ?? []).map(({ filename, outcome }) => [filename, outcome]));
}

export function resultOf(
  { summary }: Publication,
  filename: string,
): ArtifactResult<PublishOutcome> | undefined {
  return summary?.artifacts.find((result) => result.filename === filename);
}

export function eventsOf<Kind extends WheelhouseEvent['event']>(
  { events }: Publication,
  kind: Kind,
): Extract<WheelhouseEvent, { event: Kind }>[] {
  return events.filter((event): event is Extract<WheelhouseEvent, { event: Kind }> => event.event === kind);
}

import { retry } from '../io/retry.ts';
import type { Distribution } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { FlowOptions } from '../model/events.ts';
import type { Source, WriteCondition } from '../storage/container.ts';
import type { RecordBody } from './record.ts';

/** The bytes of an artifact, told from all others. */
export interface Bytes {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** An artifact on its way into a container. */
export interface NewArtifact extends Bytes {
  readonly filename: string;
  readonly distribution: Distribution;
  readonly source: Source;
  readonly body: RecordBody;
  /** The core metadata that goes beside a wheel. */
  readonly sidecar?: Uint8Array;
}

/** How one artifact is written. */
export interface WriteMode extends FlowOptions {
  /** What `Container.conditionalWrites` answered. */
  readonly conditional: boolean;
}

/** How often a race for one object is run again. */
export const maxRaces = 8;

/** The condition that nothing has changed since the object was looked at, where the store knows conditions. */
export function unchangedSince(
  there: { readonly tag?: string } | undefined,
  { conditional }: Pick<WriteMode, 'conditional'>,
): { condition?: WriteCondition } {
  if (!conditional) return {};
  return { condition: there?.tag === undefined ? { ifAbsent: true } : { ifTag: there.tag } };
}

/** Tries again what failed for a moment. Drivers do so too; this is for what they cannot know to be harmless. */
export function retried<T>(
  what: string,
  { signal, onEvent }: FlowOptions,
  attempt: (n: number) => Promise<T>,
): Promise<T> {
  const onRetry: Parameters<typeof retry>[1]['onRetry'] = (told) => onEvent?.({ event: 'retry', ...told });
  return retry(attempt, { attempts: 3, what, signal, onRetry });
}

export function isLostRace(thrown: unknown): boolean {
  return thrown instanceof WheelhouseError && thrown.code === 'PRECONDITION_FAILED';
}

/** The failure of an upload whose object another upload has replaced meanwhile. */
export function overwritten(filename: string): WheelhouseError {
  return new WheelhouseError('CONFLICT', `${filename} was overwritten by another upload`, {
    hint: 'two builds made the same file name; run again if this one should win',
  });
}

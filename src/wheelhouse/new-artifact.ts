import type { Distribution } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { Source } from '../storage/container.ts';
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

/** The failure of an upload whose object another upload has replaced meanwhile. */
export function overwritten(filename: string): WheelhouseError {
  return new WheelhouseError('CONFLICT', `${filename} was overwritten by another upload`, {
    hint: 'two builds made the same file name; run again if this one should win',
  });
}

import type { RetryOptions } from '../../io/retry.ts';
import type { FlowOptions } from '../../model/events.ts';
import type { PublishTarget } from '../../registry/target.ts';
import type { Choice } from './choice.ts';
import type { Sleep } from './pace.ts';

export interface PublishOptions extends FlowOptions, Choice {
  /** The caller closes a target that it has opened; one that the flow opens, the flow closes. */
  readonly target: PublishTarget | { open(): Promise<PublishTarget> };
  /** Default: `dist`. */
  readonly localFolder?: string;
  /** A file name that is there already is no error, whatever its bytes. */
  readonly skipExisting?: boolean | undefined;
  /** The files that must be there, such as `sdist, cp3{10..13}-manylinux_*_x86_64`. */
  readonly expect?: string | undefined;
  /** Whether each file is signed and sent with an attestation (PEP 740). Default: false. */
  readonly attestations?: boolean | undefined;
  /** Whether problems of the files forbid to send anything. Default: true; otherwise they are warnings. */
  readonly preflight?: boolean | undefined;
  /** Whether the registry's index is checked afterwards. Default: true. */
  readonly verify?: boolean | undefined;
  /** Files read or sent at the same time. Default: 8, and 8 to 24 are sent, depending on their size. */
  readonly maxWorkers?: number | undefined;
  /** Make the plan, send nothing. */
  readonly dryRun?: boolean | undefined;
  /** How often, and after which waits, a transient failure is tried again. */
  readonly retries?: Pick<RetryOptions, 'attempts' | 'baseDelayMs' | 'maxDelayMs' | 'random'> | undefined;
  /** How long to wait, in milliseconds, for an index that is behind. Default: 120 000. */
  readonly verifyPatienceMs?: number | undefined;
  /** How to wait; for tests. */
  readonly sleep?: Sleep | undefined;
}

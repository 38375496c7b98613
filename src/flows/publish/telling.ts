import type { EventSink } from '../../model/events.ts';
import type { PublishStep } from './plan.ts';
import { judgeFate, type JudgedResult } from './results.ts';
import type { Fate } from './send.ts';

/** What a run has told of its files so far. */
export interface Telling {
  readonly accepted: PublishStep[];
  /** Steps whose `artifact` event is out. */
  readonly told: Set<PublishStep>;
  readonly onEvent: EventSink | undefined;
}

/** Tells what became of a step, once. */
export function tell(step: PublishStep, { result }: JudgedResult, { told, onEvent }: Telling): void {
  if (told.has(step)) return;
  told.add(step);
  onEvent?.({ event: 'artifact', ...result });
}

/** Tells the fate of a step as soon as it is known: what the registry took has its result only once it is verified. */
export function tellFate(step: PublishStep, fate: Fate, total: number, telling: Telling): void {
  if (fate.state === 'settled') {
    tell(step, judgeFate(step, fate, undefined), telling);
    return;
  }
  if (fate.state === 'accepted') telling.accepted.push(step);
  const { accepted, onEvent } = telling;
  const message =
    fate.state === 'accepted'
      ? `accepted ${step.filename} (${accepted.length} of ${total})`
      : `${fate.state} ${step.filename}`;
  onEvent?.({ event: fate.state === 'accepted' ? 'notice' : 'detail', message });
}

/** Tells how far a run has come that was interrupted. */
export function tellInterruption(total: number, { accepted, told, onEvent }: Telling): void {
  if (accepted.length === 0) return;
  for (const step of accepted) {
    if (told.has(step)) continue;
    const { result } = judgeFate(step, { state: 'accepted' }, undefined);
    onEvent?.({ event: 'artifact', said: true, ...result });
  }
  const were = accepted.length === 1 ? 'was' : 'were';
  onEvent?.({
    event: 'notice',
    message: `${accepted.length} of ${total} files ${were} accepted; the same command sends only what is missing`,
  });
}

import type { WheelhouseEvent } from '../../model/events.ts';
import type { OutputStream } from '../streams.ts';
import type { Verbosity } from './describe.ts';

/** Shows events; `close` leaves the terminal as it was. */
export interface Renderer {
  render(event: WheelhouseEvent): void;
  close(): void;
}

export interface RenderOptions extends Verbosity {
  readonly out: OutputStream;
  readonly err: OutputStream;
  readonly colour: boolean;
  /** For a renderer whose `out` does not mask by itself: a text without the secrets in it. */
  readonly mask: (text: string) => string;
}

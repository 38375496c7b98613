import { isAbort, reasonOf, toWheelhouseError, type WheelhouseError } from '../model/errors.ts';
import type { ArtifactResult, Command, EventSink, Summary } from '../model/events.ts';
import { summarize } from '../model/events.ts';
import { maskOf, type Secret } from '../model/secret.ts';
import { chooseStyle, openRenderer, wantsColour } from './render/choose.ts';
import { jsonLine } from './render/json.ts';
import type { Renderer } from './render/renderer.ts';
import { maskedStream, type Surroundings } from './streams.ts';

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** What a command's action gets: its surroundings, and where to tell what happens. */
export interface Session extends Surroundings {
  readonly signal: AbortSignal;
  readonly onEvent: EventSink;
  /** Writes a result that is no event: as a line of JSON, or what `text` gives. */
  readonly tellResult: (result: object, text: () => string) => void;
  /** From now on this value is masked in everything that is written. */
  readonly guard: (secret: Secret) => void;
}

/**
 * Runs one command from its first event to its exit status: events are rendered as they come, an interrupt
 * aborts the work, a failure becomes an `error` event, and the last event is always the summary: after a failure, of the
 * artifacts that were told before it. `known`: secrets that are masked from the start.
 */
export async function runSession(
  command: Command,
  output: OutputOptions,
  surroundings: Surroundings,
  interrupt: AbortSignal,
  act: (session: Session) => Promise<Summary>,
  known: readonly Secret[] = [],
): Promise<number> {
  const secrets = new Set(known);
  let maskKnown = maskOf(secrets);
  const mask = (text: string) => maskKnown(text);
  const out = maskedStream(surroundings.out, mask);
  const err = maskedStream(surroundings.err, mask);
  const style = chooseStyle(output.json === true, surroundings.environment, err);
  const renderer = openRenderer(style, {
    out: style === 'json' ? surroundings.out : out,
    err,
    mask,
    quiet: output.quiet === true,
    verbose: output.verbose === true,
    colour: wantsColour(surroundings.environment, err),
  });
  const told = new Map<string, ArtifactResult>();
  const session: Session = {
    ...surroundings,
    out,
    err,
    signal: interrupt,
    onEvent: (event) => {
      if (event.event === 'artifact') told.set(event.filename, resultOf(event));
      renderer.render(event);
    },
    tellResult: (result, text) =>
      style === 'json' ? surroundings.out.write(jsonLine(result, mask)) : out.write(`${text()}\n`),
    guard: (secret) => {
      maskKnown = maskOf(secrets.add(secret));
    },
  };
  try {
    const summary = await act(session);
    const ending = interrupt.aborted ? { ...summary, ok: false, exitCode: 130 as const } : summary;
    renderer.render(ending);
    return ending.exitCode;
  } catch (thrown) {
    const error =
      isAbort(thrown) || interrupt.aborted
        ? interrupted(thrown)
        : toWheelhouseError(thrown, 'INCOMPLETE', command);
    tellFailure(error, renderer);
    renderer.render(summarize(command, [...told.values()], { ok: false, exitCode: error.exitCode }));
    if (output.verbose === true && output.json !== true && error.code !== 'ABORTED')
      err.write(stackOf(thrown));
    return error.exitCode;
  } finally {
    renderer.close();
  }
}

function resultOf({ filename, outcome, sha256, size, reason }: ArtifactResult): ArtifactResult {
  return { filename, outcome, sha256, size, ...(reason === undefined ? {} : { reason }) };
}

function tellFailure(error: WheelhouseError, renderer: Renderer): void {
  const causes = error.errors.length > 0 ? error.errors.map(({ message }) => message) : causesOf(error);
  renderer.render({
    event: 'error',
    code: error.code,
    message: error.message,
    hint: error.hint,
    ...(causes.length === 0 ? {} : { causes }),
  });
}

/** The chain of causes that adds something to what was already said, outermost first. */
function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let said = error.message;
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    const reason = reasonOf(cause);
    if (!said.includes(reason)) causes.push(reason);
    said += reason;
  }
  return causes;
}

function interrupted(thrown: unknown): WheelhouseError {
  return toWheelhouseError(new DOMException('interrupted', 'AbortError'), 'ABORTED', reasonOf(thrown));
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.stack !== undefined ? `${thrown.stack}\n` : '';
}

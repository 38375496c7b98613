import type { WheelhouseEvent } from '../../model/events.ts';
import { describeEvent, type Line } from './describe.ts';
import { printable } from './format.ts';
import type { RenderOptions, Renderer } from './renderer.ts';

/**
 * GitHub Actions workflow commands: problems become annotations, the plan folds into a group.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function renderGithub(options: RenderOptions): Renderer {
  return {
    render: (event) => {
      const lines = describeEvent(event, options);
      const annotation = annotate(event);
      if (annotation !== undefined) {
        options.err.write(`${annotation}\n`);
        for (const line of lines.slice(1)) write(options, line);
      } else if (event.event === 'plan' && lines.length > 1) {
        options.out.write(`::group::${escapeData(lines[0]?.text ?? '')}\n`);
        for (const line of lines.slice(1)) write(options, line);
        options.out.write('::endgroup::\n');
      } else {
        for (const line of lines) write(options, line);
      }
    },
    close: () => undefined,
  };
}

function annotate(event: WheelhouseEvent): string | undefined {
  if (event.event === 'error')
    return `::error title=wheelhouse-uploader::${escapeData(withHint(event.message, event.hint))}`;
  if (event.event === 'warning')
    return `::warning title=wheelhouse-uploader::${escapeData(withHint(event.message, event.hint))}`;
  if (event.event === 'artifact' && (event.outcome === 'failed' || event.outcome === 'conflict')) {
    return `::error title=wheelhouse-uploader::${escapeData(`${event.outcome} ${event.filename}: ${event.reason ?? ''}`)}`;
  }
  return undefined;
}

/** A line that begins with `::` would be taken for a command: a file name must not be able to give one. */
function write(options: RenderOptions, { stream, text }: Line): void {
  const shown = printable(text);
  options[stream].write(`${/^\s*(?:::|##\[)/.test(shown) ? `| ${shown}` : shown}\n`);
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

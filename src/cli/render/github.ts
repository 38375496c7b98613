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
        options.err.write(
          `::${annotation.level} title=wheelhouse-uploader::${escapeData(annotation.lines)}\n`,
        );
      } else if (event.event === 'plan' && lines.length > 1) {
        options.out.write(`::group::${escapeData([lines[0]?.text ?? ''])}\n`);
        for (const line of lines.slice(1)) write(options, line);
        options.out.write('::endgroup::\n');
      } else {
        for (const line of lines) write(options, line);
      }
    },
    close: () => undefined,
  };
}

interface Annotation {
  readonly level: 'error' | 'warning';
  readonly lines: readonly string[];
}

/** All that is said of a problem, since whoever looks at a run's page sees its annotations and not its log. */
function annotate(event: WheelhouseEvent): Annotation | undefined {
  if (event.event === 'error' || event.event === 'warning') {
    const { event: level, message, hint } = event;
    const causes = 'causes' in event ? (event.causes ?? []) : [];
    const lines = [message, ...causes.map((cause) => `- ${cause}`)];
    return { level, lines: hint === undefined ? lines : [...lines, `hint: ${hint}`] };
  }
  if (event.event !== 'artifact' || event.said === true) return undefined;
  const { outcome, filename, reason = '' } = event;
  if (outcome !== 'failed' && outcome !== 'conflict') return undefined;
  return { level: 'error', lines: [`${outcome} ${filename}: ${reason}`] };
}

/** A line that begins with `::` would be taken for a command: a file name must not be able to give one. */
function write(options: RenderOptions, { stream, text }: Line): void {
  const shown = printable(text);
  options[stream].write(`${/^\s*(?:::|##\[)/.test(shown) ? `| ${shown}` : shown}\n`);
}

/** Lines of one annotation. A line break is written `%0A`; other control characters are shown. */
function escapeData(lines: readonly string[]): string {
  return lines.map((line) => printable(line).replace(/%/g, '%25')).join('%0A');
}

import { describeEvent } from './describe.ts';
import { printable } from './format.ts';
import type { RenderOptions, Renderer } from './renderer.ts';

/** One JSON event a line on stdout; problems are said on stderr too, where people look for them. */
export function renderJson({ out, err, mask }: RenderOptions): Renderer {
  return {
    render: (event) => {
      if (event.event === 'progress') return;
      out.write(jsonLine(event, mask));
      if (event.event === 'summary') return;
      for (const { stream, text } of describeEvent(event, { quiet: true, verbose: false }))
        if (stream === 'err') err.write(`${printable(text)}\n`);
    },
    close: () => undefined,
  };
}

/** What these hold is one of a closed set of words, on which scripts rely: a password that is one of them shows nothing. */
const words: ReadonlySet<string> = new Set(['event', 'command', 'outcome', 'action', 'code', 'origin']);

/** A line of JSON whose texts are masked. Were the line masked as a whole, a secret such as `1` or `"` would leave no JSON. */
export function jsonLine(value: object, mask: (text: string) => string): string {
  const shown = (name: string, held: unknown) =>
    typeof held === 'string' && !words.has(name) ? mask(held) : held;
  return `${JSON.stringify(value, shown)}\n`;
}

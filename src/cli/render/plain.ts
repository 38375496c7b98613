import { describeEvent } from './describe.ts';
import { printable } from './format.ts';
import type { RenderOptions, Renderer } from './renderer.ts';

/** Lines without colour or cursor movement, for logs. */
export function renderPlain(options: RenderOptions): Renderer {
  return {
    render: (event) => {
      for (const { stream, text } of describeEvent(event, options))
        options[stream].write(`${printable(text)}\n`);
    },
    close: () => undefined,
  };
}

import type { RenderOptions, Renderer } from './renderer.ts';

/** One JSON event a line on stdout; problems are said on stderr too, where people look for them. */
export function renderJson({ out }: RenderOptions): Renderer {
  return {
    render: (event) => {
      if (event.event === 'progress') return;
      out.write(`${JSON.stringify(event)}\n`);
    },
    close: () => undefined,
  };
}

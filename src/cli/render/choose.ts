import type { OutputStream } from '../streams.ts';
import { renderGithub } from './github.ts';
import { renderJson } from './json.ts';
import { renderPlain } from './plain.ts';
import type { Renderer, RenderOptions } from './renderer.ts';
import { renderTerminal } from './terminal.ts';

export type RenderStyle = 'terminal' | 'plain' | 'json' | 'github';

const renderers = {
  terminal: renderTerminal,
  plain: renderPlain,
  json: renderJson,
  github: renderGithub,
} satisfies Record<RenderStyle, (options: RenderOptions) => Renderer>;

/** The renderer of that style. */
export function openRenderer(style: RenderStyle, options: RenderOptions): Renderer {
  return renderers[style](options);
}

/** Which style fits where the run happens: a bar only on a terminal, annotations only under GitHub Actions. */
export function chooseStyle(
  json: boolean,
  environment: Readonly<Record<string, string | undefined>>,
  err: OutputStream,
): RenderStyle {
  if (json) return 'json';
  if (environment['GITHUB_ACTIONS'] === 'true') return 'github';
  const ci = environment['CI'] !== undefined && environment['CI'] !== '' && environment['CI'] !== 'false';
  return err.isTTY === true && !ci && environment['TERM'] !== 'dumb' ? 'terminal' : 'plain';
}

/** Whether colours are wanted: on a terminal, unless `NO_COLOR` says otherwise (no-color.org). */
export function wantsColour(
  environment: Readonly<Record<string, string | undefined>>,
  err: OutputStream,
): boolean {
  const refused = environment['NO_COLOR'];
  if (refused !== undefined && refused !== '') return false;
  return err.isTTY === true && environment['TERM'] !== 'dumb';
}

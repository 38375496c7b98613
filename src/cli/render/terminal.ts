import type { StepAction, WheelhouseEvent } from '../../model/events.ts';
import { describeEvent, type Line, type Tone } from './describe.ts';
import { formatSize } from '../../listing/format-size.ts';
import { printable } from './format.ts';
import type { RenderOptions, Renderer } from './renderer.ts';

const escapes: Record<Tone, string> = {
  plain: '',
  dim: '\u001b[2m',
  good: '\u001b[32m',
  warn: '\u001b[33m',
  bad: '\u001b[31m',
  strong: '\u001b[1m',
};
const eraseLine = '\r\u001b[2K';
const redrawMs = 100;

interface Transfer {
  doneBytes: number;
  totalBytes: number | null;
  /** What became of the file is known. */
  ended?: true;
}

/** What a plan says will be on its way. */
const moving: ReadonlySet<StepAction> = new Set(['send', 'overwrite', 'download', 'resume']);

/** Coloured lines, with one line of progress below them that is redrawn in place. */
export function renderTerminal(options: RenderOptions): Renderer {
  const transfers = new Map<string, Transfer>();
  let drawn = false;
  let lastDrawn = 0;

  const erase = () => {
    if (drawn) options.err.write(eraseLine);
    drawn = false;
  };
  const draw = () => {
    const bar = progressLine(transfers, options.err.columns ?? 80);
    if (bar === '') return;
    options.err.write(`${eraseLine}${bar}`);
    drawn = true;
    lastDrawn = Date.now();
  };
  /** Of all that is planned, and no longer of what was read to make the plan. */
  const begin = ({ dryRun, steps }: Extract<WheelhouseEvent, { event: 'plan' }>) => {
    transfers.clear();
    if (dryRun) return;
    for (const { filename, action, size } of steps)
      if (moving.has(action)) transfers.set(filename, { doneBytes: 0, totalBytes: size });
  };
  const end = (filename: string) => {
    const transfer = transfers.get(filename);
    if (transfer === undefined) return;
    const { doneBytes, totalBytes } = transfer;
    transfers.set(filename, { doneBytes: totalBytes ?? doneBytes, totalBytes, ended: true });
  };

  return {
    render: (event) => {
      if (event.event === 'progress') {
        transfers.set(event.filename, event);
        if (!options.quiet && Date.now() - lastDrawn >= redrawMs) draw();
        return;
      }
      if (event.event === 'plan') begin(event);
      if (event.event === 'artifact') end(event.filename);
      const lines = describeEvent(event, options);
      if (lines.length === 0) return;
      erase();
      for (const line of lines) {
        const stream = options[line.stream];
        // Results may go to a file, or to a script, while problems are on the terminal.
        stream.write(paint(line, options.colour && stream.isTTY === true));
      }
    },
    close: erase,
  };
}

function paint({ tone, text }: Line, colour: boolean): string {
  const shown = printable(text);
  return colour && tone !== 'plain' ? `${escapes[tone]}${shown}\u001b[0m\n` : `${shown}\n`;
}

/** `[#####-----] 42 % of 1.4 GB, 3 files` that are left, cut to the terminal's width; empty when none is. */
export function progressLine(transfers: ReadonlyMap<string, Transfer>, columns: number): string {
  let doneBytes = 0;
  let totalBytes = 0;
  for (const transfer of transfers.values()) {
    doneBytes += transfer.doneBytes;
    totalBytes += transfer.totalBytes ?? transfer.doneBytes;
  }
  const left = [...transfers].filter(([, { ended }]) => ended !== true);
  if (left.length === 0) return '';
  const share = totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes);
  const width = Math.max(5, Math.min(30, columns - 40));
  const filled = Math.round(share * width);
  const bar = `${'#'.repeat(filled)}${'-'.repeat(width - filled)}`;
  const files = left.length === 1 ? printable(left[0]?.[0] ?? '') : `${left.length} files`;
  return `[${bar}] ${Math.floor(share * 100)} % of ${formatSize(totalBytes)}, ${files}`.slice(0, columns - 1);
}

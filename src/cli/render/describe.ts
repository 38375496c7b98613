import type {
  ArtifactResult,
  Outcome,
  PlanStep,
  StepAction,
  Summary,
  WheelhouseEvent,
} from '../../model/events.ts';
import { formatSize } from '../../listing/format-size.ts';
import { formatDuration } from './format.ts';

export type Tone = 'plain' | 'dim' | 'good' | 'warn' | 'bad' | 'strong';

/** One line of text for people, with what it is about; results go to stdout, all the rest to stderr. */
export interface Line {
  readonly stream: 'out' | 'err';
  readonly tone: Tone;
  readonly text: string;
}

export interface Verbosity {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What an event says to people; progress is not text. A pure function, so that a table can test it. */
export function describeEvent(event: WheelhouseEvent, { quiet, verbose }: Verbosity): readonly Line[] {
  switch (event.event) {
    case 'warning':
      return [err('warn', `warning: ${event.message}`), ...hintOf(event.hint)];
    case 'error':
      return describeError(event);
    case 'artifact':
      return event.said === true ? [] : describeArtifact(event, quiet, verbose);
    case 'progress':
      return [];
    case 'detail':
      return verbose ? [err('dim', event.message)] : [];
    case 'retry':
      return quiet ? [] : [err('warn', describeRetry(event))];
    case 'plan':
      return quiet ? [] : describePlan(event.target, event.dryRun, event.steps);
    case 'passed-over':
      return quiet ? [] : [err('dim', `passed over ${event.name}: ${event.reason}`)];
    case 'pages':
      return quiet ? [] : describePages(event.written, event.unchanged, verbose);
    case 'setting':
      return [describeSetting(event)];
    case 'disagreement': {
      const { code, message, repairable } = event;
      return [out('bad', `${code}: ${message}${repairable ? '' : ' (not repaired by `wheelhouse index`)'}`)];
    }
    case 'notice':
      return quiet ? [] : [err('plain', event.message)];
    case 'summary':
      return quiet && !isNews(event) ? [] : describeSummary(event);
  }
}

/** A mirror runs unwatched: under `--quiet` its one line is what cron mails, when there is anything to mail. */
function isNews({ command, counts }: Summary): boolean {
  return command === 'mirror' && Object.keys(counts).some((outcome) => outcome !== 'unchanged');
}

function describePlan(target: string, dryRun: boolean, steps: readonly PlanStep[]): Line[] {
  const title = `Plan for ${target}: ${countSteps(steps)}${dryRun ? ' (dry run: nothing will be changed)' : ''}`;
  const width = Math.max(0, ...steps.map(({ filename }) => filename.length));
  const rows = steps.map(({ action, filename, size, reason }) => {
    const bytes = size === null ? '' : formatSize(size);
    return out(
      'plain',
      `  ${action.padEnd(9)} ${filename.padEnd(width)}  ${bytes.padStart(9)}  ${reason}`.trimEnd(),
    );
  });
  return [out('strong', title), ...rows];
}

type ErrorEvent = Extract<WheelhouseEvent, { event: 'error' }>;
type RetryEvent = Extract<WheelhouseEvent, { event: 'retry' }>;
type SettingEvent = Extract<WheelhouseEvent, { event: 'setting' }>;

/** Wrong credentials take one line, as in the original: it is what logs are searched for. */
function describeError({ code, message, causes = [], hint }: ErrorEvent): Line[] {
  const refused = code === 'UNAUTHORIZED' || code === 'FORBIDDEN';
  if (refused && causes.length === 0 && hint !== undefined)
    return [err('bad', `error: ${message} (hint: ${hint})`)];
  return [
    err('bad', `error: ${message}`),
    ...causes.map((cause) => err('plain', `  - ${cause}`)),
    ...hintOf(hint),
  ];
}

function describeRetry({ what, attempt, delayMs, reason }: RetryEvent): string {
  // Drivers name what they could not do, and begin the reason with it.
  const named = reason.startsWith(what) ? '' : ` ${what}`;
  return `retrying${named} in ${formatDuration(delayMs)} (attempt ${attempt + 1}): ${reason}`;
}

function countSteps(steps: readonly PlanStep[]): string {
  const counts = new Map<StepAction, number>();
  for (const { action } of steps) counts.set(action, (counts.get(action) ?? 0) + 1);
  if (counts.size === 0) return 'nothing to do';
  return [...counts].map(([action, count]) => `${count} to ${action}`).join(', ');
}

const tones: Record<Outcome, Tone> = {
  uploaded: 'good',
  downloaded: 'good',
  published: 'good',
  copied: 'good',
  inspected: 'dim',
  removed: 'plain',
  pruned: 'plain',
  pending: 'dim',
  yanked: 'plain',
  recorded: 'good',
  damaged: 'bad',
  unyanked: 'plain',
  unchanged: 'dim',
  kept: 'dim',
  'already-there': 'dim',
  skipped: 'dim',
  conflict: 'bad',
  failed: 'bad',
};

function describeArtifact(result: ArtifactResult, quiet: boolean, verbose: boolean): Line[] {
  const tone = tones[result.outcome];
  if (quiet && tone !== 'bad') return [];
  const size = result.size === null ? '' : ` (${formatSize(result.size)})`;
  const reason = result.reason === undefined ? '' : `: ${withoutName(result.reason, result.filename)}`;
  const digest = verbose && result.sha256 !== null ? ` sha256=${result.sha256}` : '';
  return [err(tone, `${result.outcome} ${result.filename}${size}${digest}${reason}`)];
}

/** Errors name the file that they are about, as in `X: no METADATA` or `X is damaged`; a line about it has done so already. */
function withoutName(reason: string, filename: string): string {
  if (reason.startsWith(`${filename}: `)) return reason.slice(filename.length + 2);
  return reason.startsWith(`${filename} is `) ? reason.slice(filename.length + 1) : reason;
}

function describePages(written: readonly string[], unchanged: number, verbose: boolean): Line[] {
  if (written.length === 0) return [err('dim', `index is up to date (${unchanged} pages looked at)`)];
  const names = verbose ? `: ${written.join(', ')}` : '';
  const count = written.length === 1 ? '1 object' : `${written.length} objects`;
  return [err('plain', `index brought up to date: ${count} written${names}`)];
}

function describeSummary(summary: Summary): Line[] {
  const { command } = summary;
  const counts = Object.entries(summary.counts).map(([outcome, count]) => `${count} ${outcome}`);
  // A failure of the whole has been said already; settings are no work.
  if (command === 'config') return [];
  if (!summary.ok && counts.length === 0) return [];
  const said = counts.length === 0 ? 'nothing to do' : counts.join(', ');
  const dry = summary.dryRun === true ? ' (dry run)' : '';
  // What `index` does to pages has no outcomes, and has been said.
  const saidAlready = command === 'index' && counts.length === 0;
  return [
    ...(saidAlready ? [] : [err(summary.ok ? 'good' : 'bad', `${command}: ${said}${dry}`)]),
    ...(summary.url === undefined ? [] : [out('strong', summary.url)]),
    ...(summary.nextSteps ?? []).map((step) => out('plain', `  ${step}`)),
  ];
}

function describeSetting({ name, value, origin, from }: SettingEvent): Line {
  const source = from === undefined || from === origin ? origin : `${origin} ${from}`;
  const told = value === null ? '-' : `${value}  (${source})`;
  return out(value === null ? 'dim' : 'plain', `${name.padEnd(20)}${told}`);
}

function hintOf(hint: string | undefined): Line[] {
  return hint === undefined ? [] : [err('plain', `hint: ${hint}`)];
}

function out(tone: Tone, text: string): Line {
  return { stream: 'out', tone, text };
}

function err(tone: Tone, text: string): Line {
  return { stream: 'err', tone, text };
}

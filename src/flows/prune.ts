import {
  summarize,
  type ArtifactResult,
  type FlowOptions,
  type PruneOutcome,
  type Summary,
} from '../model/events.ts';
import type { Container } from '../storage/container.ts';
import { converge, type ConvergeOptions, type ConvergeResult } from '../wheelhouse/converge.ts';
import type { Layout } from '../wheelhouse/layout.ts';
import { describeContainer } from '../wheelhouse/list-artifacts.ts';
import { buildsOf, planRetention } from '../wheelhouse/retention-plan.ts';
import { foreseePruned } from '../wheelhouse/remove-pruned.ts';
import { retentionReason } from '../wheelhouse/retention.ts';
import { settlePruned, toResults } from './prune/settle.ts';
import { checkKeepDev } from './usage.ts';

export interface PruneOptions extends FlowOptions {
  readonly container: Container;
  /** How many dev builds stay per project, kind and tags; 1 or more. */
  readonly keepDev: number;
  /** Default: `all`. */
  readonly layout?: Layout | undefined;
  /** Make the plan, change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Default: the system's clock. */
  readonly clock?: (() => Date) | undefined;
  /** How the index waits for other writers; for tests. */
  readonly waiting?: Pick<ConvergeOptions, 'sleep' | 'random'> | undefined;
}

/**
 * Takes away the dev builds of a container that retention does not keep: at once from its pages, and their objects in
 * a run after the grace period. Releases stay, and the last build of every tag set. Throws `WheelhouseError` when the
 * container or its index cannot be read or written.
 */
export async function prune(options: PruneOptions): Promise<Summary<PruneOutcome>> {
  const { container, keepDev, dryRun = false } = options;
  checkKeepDev(keepDev);
  if (dryRun) return foresee(options);
  const result = await bringUpToDate(options);
  const artifacts = await settlePruned(container, result, options, () => bringUpToDate(options));
  for (const artifact of artifacts) options.onEvent?.({ event: 'artifact', ...artifact });
  options.onEvent?.({ event: 'pages', written: result.written, unchanged: result.unchanged });
  return summarize('prune', artifacts, { url: container.publicUrl() });
}

function bringUpToDate(options: PruneOptions): Promise<ConvergeResult> {
  const { container, keepDev, layout, clock, signal, onEvent, waiting } = options;
  return converge(container, {
    layout,
    retention: { keepDev, clock },
    signal,
    onEvent,
    ...waiting,
  });
}

async function foresee({
  container,
  keepDev,
  clock,
  signal,
  onEvent,
}: PruneOptions): Promise<Summary<PruneOutcome>> {
  const { inventory, files } = await describeContainer(container, signal);
  const reason = retentionReason(keepDev);
  const planned = planRetention(buildsOf(files, inventory), keepDev).map(({ filename }) => filename);
  const going = planned.sort().flatMap((filename) => files.get(filename) ?? []);
  const marked = await foreseePruned(container, inventory, {
    clock,
    signal,
  });
  const results = [
    ...going.map(({ filename, sha256 = null, sizeBytes: size }): ArtifactResult<PruneOutcome> => {
      return { filename, outcome: 'pruned', sha256, size, reason };
    }),
    ...toResults(marked),
  ];
  const steps = results.flatMap(({ filename, outcome, size, reason: why = '' }) =>
    outcome === 'pending' ? [] : [{ filename, action: 'remove' as const, reason: why, size }],
  );
  onEvent?.({ event: 'plan', command: 'prune', dryRun: true, target: container.url, steps });
  return summarize('prune', results, { dryRun: true });
}

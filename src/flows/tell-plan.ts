import type { Command, FlowOptions, PlanStep } from '../model/events.ts';

/** Tells a plan: of its steps, what a plan's rows hold. */
export function tellPlan(
  command: Command,
  target: string,
  steps: readonly PlanStep[],
  { dryRun = false, onEvent }: FlowOptions & { readonly dryRun?: boolean | undefined },
): void {
  const rows = steps.map(({ filename, action, reason, size }) => ({ filename, action, reason, size }));
  onEvent?.({ event: 'plan', command, dryRun, target, steps: rows });
}

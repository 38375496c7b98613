import pLimit from 'p-limit';
import type { Container } from '../storage/container.ts';
import { setPruneMark } from './change-prune-mark.ts';
import type { Files } from './files.ts';
import type { Inventory } from './inventory.ts';
import { buildsOf, planRetention } from './retention-plan.ts';
import { settled } from './settled.ts';
import { toPart, type Part } from './stored-artifact.ts';

/** How many dev builds stay. */
export interface Retention {
  /** Per project, kind and tags; 1 or more. */
  readonly keepDev: number;
  /** Normalized names of the projects whose builds are counted. Default: all. */
  readonly projects?: ReadonlySet<string> | undefined;
  /** File names that stay in this run in any case: what it has uploaded must be there when it ends. */
  readonly spared?: ReadonlySet<string> | undefined;
  /** When marks are set. Default: the system's clock. */
  readonly clock?: (() => Date) | undefined;
}

interface Marking {
  readonly container: Container;
  readonly conditional: boolean;
  readonly signal: AbortSignal | undefined;
}

const parallelMarks = 8;

/** Why a build is taken away. */
export function retentionReason(keepDev: number): string {
  return keepDev === 1
    ? 'there is a newer dev build of its tags'
    : `there are ${keepDev} newer dev builds of its tags`;
}

/**
 * Marks the dev builds that retention takes away, and answers what there is without them. It lies between listing and
 * rendering, so that one listing does for both: a page that is written now was read before the marks were set, which
 * is as good as a listing that shows them.
 */
export async function applyRetention(
  { container, conditional, signal }: Marking,
  retention: Retention,
  inventory: Inventory,
  files: Files,
): Promise<Inventory> {
  const { keepDev, projects, spared, clock = () => new Date() } = retention;
  const counted =
    projects === undefined ? files : [...projects].flatMap((project) => files.ofProject(project));
  const planned = planRetention(buildsOf(counted, inventory), keepDev);
  const filenames = planned.flatMap(({ filename }) => (spared?.has(filename) === true ? [] : [filename]));
  if (filenames.length === 0) return inventory;
  const limit = pLimit(parallelMarks);
  const [reason, date] = [retentionReason(keepDev), clock().toISOString()];
  const mode = { conditional, signal };
  const set = async (filename: string): Promise<(readonly [string, Part[]])[]> => {
    const artifact = inventory.artifacts.get(filename);
    if (artifact === undefined) return [];
    const mark = await setPruneMark(container, artifact, { reason, date }, mode);
    return [[filename, [toPart(mark, 'pruned')]]];
  };
  const marked = await settled(filenames.map((filename) => limit(set, filename)));
  return { ...inventory, artifacts: inventory.artifacts.with(marked.flat()) };
}

import pLimit from 'p-limit';
import { normalizeName } from '../model/name.ts';
import type { Container } from '../storage/container.ts';
import { setPruneMark } from './change-prune-mark.ts';
import type { Description } from './describe.ts';
import type { Inventory, StoredArtifact } from './inventory.ts';
import { buildsOf, planRetention } from './retention-plan.ts';
import { settled } from './settled.ts';

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

export interface Retained {
  readonly inventory: Inventory;
  readonly description: Description;
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
  { inventory, description }: Retained,
): Promise<Retained> {
  const { keepDev, projects, spared, clock = () => new Date() } = retention;
  const builds = buildsOf(description.files, inventory).filter(
    ({ distribution }) => projects?.has(normalizeName(distribution.project)) ?? true,
  );
  const planned = planRetention(builds, keepDev);
  const filenames = planned.flatMap(({ filename }) => (spared?.has(filename) === true ? [] : [filename]));
  if (filenames.length === 0) return { inventory, description };
  const limit = pLimit(parallelMarks);
  const [reason, date] = [retentionReason(keepDev), clock().toISOString()];
  const mode = { conditional, signal };
  const mark = async (filename: string): Promise<[string, StoredArtifact][]> => {
    const artifact = inventory.artifacts.get(filename);
    if (artifact === undefined) return [];
    const pruneMark = await setPruneMark(container, artifact, { reason, date }, mode);
    return [[filename, { ...artifact, pruneMark }]];
  };
  const marked = await settled(filenames.map((filename) => limit(mark, filename)));
  const gone = new Set(filenames);
  const { files, metadata } = description;
  return {
    inventory: { ...inventory, artifacts: new Map([...inventory.artifacts, ...marked.flat()]) },
    description: {
      files: files.filter(({ filename }) => !gone.has(filename)),
      metadata: {
        ...metadata,
        artifacts: new Map([...metadata.artifacts].filter(([filename]) => !gone.has(filename))),
      },
    },
  };
}

import {
  summarize,
  type ArtifactResult,
  type Disagreement,
  type FlowOptions,
  type IndexOutcome,
  type Summary,
} from '../model/events.ts';
import type { Container } from '../storage/container.ts';
import { audit, type Audit, type AuditOptions } from '../wheelhouse/audit.ts';
import type { ConvergeOptions } from '../wheelhouse/converge.ts';
import type { Layout } from '../wheelhouse/layout.ts';
import { pageSource } from '../wheelhouse/page.ts';
import { pruneOrphans } from '../wheelhouse/prune-orphans.ts';
import { rebuild } from '../wheelhouse/rebuild.ts';
import { settlePruned, tellPruned } from './prune/settle.ts';
import { isLostRace } from '../wheelhouse/write-mode.ts';

export interface CheckIndexOptions extends FlowOptions {
  readonly container: Container;
  /** Which pages must be there. Default: `all`. */
  readonly layout?: Layout | undefined;
  /** Read every artifact, not only those that have changed since their record was written. Default: false. */
  readonly read?: boolean | undefined;
  /** How other writers are waited for; for tests. */
  readonly waiting?: Pick<ConvergeOptions, 'sleep' | 'random'> | undefined;
}

export interface RebuildIndexOptions extends CheckIndexOptions {
  /** Default: the system's clock. */
  readonly clock?: (() => Date) | undefined;
}

/**
 * Compares the objects, records and pages of a container, tells every disagreement as an event, and changes nothing.
 * `ok` is false when there is any. Throws `WheelhouseError` when the container cannot be read.
 */
export async function checkIndex(options: CheckIndexOptions): Promise<Summary<IndexOutcome>> {
  const found = await audit(options.container, auditOptions(options));
  for (const disagreement of found.disagreements)
    options.onEvent?.({ event: 'disagreement', ...disagreement });
  if (found.disagreements.length === 0) {
    const { files, inventory } = found.description;
    const message = `${files.length} artifacts and ${inventory.pages.size} pages: everything agrees`;
    options.onEvent?.({ event: 'notice', message });
  }
  return summarizeAudit(options, found, found.disagreements, { ok: found.disagreements.length === 0 });
}

/**
 * Repairs what can be repaired without the artifacts' own bytes: every page, records from `metadata.json` or, where no
 * digest is known, from one reading. Tells what is still wrong as events; `ok` is false when that is more than objects
 * of others. Whoever deletes everything derived gets the same bytes again.
 */
export async function rebuildIndex(options: RebuildIndexOptions): Promise<Summary<IndexOutcome>> {
  const { container, onEvent } = options;
  const { written, unchanged, recorded } = await repair(options);
  const found = await audit(container, auditOptions(options));
  const retyped = await setTypes(options, found.mistyped);
  onEvent?.({ event: 'pages', written: [...new Set([...written, ...retyped])], unchanged });
  const left = found.disagreements
    .filter(({ code, key }) => code !== 'wrong-content-type' || !retyped.includes(key))
    .map((disagreement) => ({ ...disagreement, repairable: false }));
  for (const disagreement of left) onEvent?.({ event: 'disagreement', ...disagreement });
  const ok = left.every(({ code }) => code === 'foreign-object');
  return summarizeAudit(options, found, left, { ok, recorded });
}

interface Repaired {
  /** Keys of the pages that were written or removed. */
  readonly written: readonly string[];
  /** How many pages were right already. */
  readonly unchanged: number;
  readonly recorded: readonly ArtifactResult<IndexOutcome>[];
}

/** Gives little back: of a large container, what was listed here need not outlast the audit that lists it again. */
async function repair(options: RebuildIndexOptions): Promise<Repaired> {
  const { container, layout, clock = () => new Date(), signal, onEvent, waiting } = options;
  const result = await rebuild(container, {
    layout,
    signal,
    onEvent,
    ...waiting,
  });
  const recorded = [...result.recorded].flatMap(([filename, sha256]): ArtifactResult<IndexOutcome>[] => {
    const file = result.files.get(filename);
    return file === undefined ? [] : [{ filename, outcome: 'recorded', sha256, size: file.sizeBytes }];
  });
  for (const one of recorded) onEvent?.({ event: 'artifact', ...one });
  await pruneOrphans(container, result.inventory, { clock, signal });
  const pruned = await settlePruned(container, result, { clock, signal }, () =>
    rebuild(container, { layout, signal, ...waiting }),
  );
  tellPruned(pruned, onEvent);
  return { written: result.written, unchanged: result.unchanged, recorded };
}

function auditOptions({ layout, read, signal, waiting }: CheckIndexOptions): AuditOptions {
  return {
    layout,
    read,
    signal,
    sleep: waiting?.sleep,
  };
}

/** Writes pages again whose bytes are right, for the type that they are served with. */
async function setTypes(
  { container, signal }: CheckIndexOptions,
  mistyped: Audit['mistyped'],
): Promise<string[]> {
  const conditional = await container.conditionalWrites(signal);
  const written: string[] = [];
  for (const { key, content, headers, tag } of mistyped) {
    const condition = conditional && tag !== undefined ? { condition: { ifTag: tag } } : {};
    try {
      await container.write(key, pageSource(content), {
        ...headers,
        ...condition,
        signal,
      });
      written.push(key);
    } catch (thrown) {
      if (!isLostRace(thrown)) throw thrown; // another run has written it, and its type
    }
  }
  return written;
}

/** One entry per artifact that is wrong; what is wrong with pages has been told by the events. */
function summarizeAudit(
  { container }: CheckIndexOptions,
  { description }: Audit,
  disagreements: readonly Disagreement[],
  {
    ok,
    recorded = [],
  }: { readonly ok: boolean; readonly recorded?: readonly ArtifactResult<IndexOutcome>[] },
): Summary<IndexOutcome> {
  const { files } = description;
  const reasons = new Map<string, string>();
  for (const { filename, message } of disagreements) {
    if (filename === undefined) continue;
    const before = reasons.get(filename);
    reasons.set(filename, before === undefined ? message : `${before}; ${message}`);
  }
  const damaged = [...reasons].map(([filename, reason]): ArtifactResult<IndexOutcome> => {
    const file = files.get(filename);
    return {
      filename,
      outcome: 'damaged',
      sha256: file?.sha256 ?? null,
      size: file?.sizeBytes ?? null,
      reason,
    };
  });
  const others = recorded.filter(({ filename }) => !reasons.has(filename));
  return summarize('index', [...damaged, ...others], {
    ok,
    exitCode: ok ? 0 : 1,
    url: container.publicUrl(),
  });
}

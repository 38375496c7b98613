import type { Container } from '../storage/container.ts';
import { changePruneMark } from './change-prune-mark.ts';
import type { Inventory } from './inventory.ts';
import { groupOrphans } from './orphans.ts';
import type { RemoveOptions } from './remove-pruned.ts';

/**
 * Marks what is left of artifacts that are not there, and that no page lists therefore. It is removed as what was
 * pruned is, since an upload of the same name may begin at any moment, and only the mark tells it to wait.
 */
export async function pruneOrphans(
  container: Container,
  inventory: Inventory,
  { signal, clock = () => new Date() }: RemoveOptions,
): Promise<void> {
  const conditional = await container.conditionalWrites(signal);
  for (const { filename, isPruned, records } of groupOrphans(inventory)) {
    if (isPruned) continue;
    const date = clock().toISOString();
    const mark = { reason: 'the artifact is not there', date, unlisted: date, records };
    await changePruneMark(container, filename, mark, {}, { conditional, signal });
  }
}

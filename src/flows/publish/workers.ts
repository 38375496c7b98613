const fewest = 8;
const most = 24;
/** What may be on its way at once, in bytes, when there are more than the fewest workers. */
const sharedBytes = 64 * 1024 * 1024;

/**
 * How many files of these sizes, in bytes, are sent at the same time where nobody chose a number. Small ones wait for
 * answers most of the time, so many are on their way; large ones would share one line, and each would take so long that
 * a registry may lose patience.
 */
export function workersFor(sizes: readonly number[]): number {
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const shares = Math.floor((sharedBytes * sizes.length) / Math.max(1, totalBytes));
  return Math.min(most, Math.max(fewest, shares));
}

/** Waits for all, then fails with the first failure: nothing is left running behind an error. */
export async function settled<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/**
 * Runs a task on each item, so many at a time, and gives what they gave, in the order of the items. Holds what is
 * under way, not a promise for each of 100,000. After a failure nothing new begins, and nothing is left running.
 */
export async function settledEach<T, R>(
  items: readonly T[],
  parallel: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const [i, item] of waiting) {
      if (failed) return;
      try {
        results[i] = await task(item);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  await settled(Array.from({ length: Math.min(parallel, items.length) }, work));
  return results;
}

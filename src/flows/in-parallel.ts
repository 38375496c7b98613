import pLimit from 'p-limit';

/** Runs a task on each item, so many at a time; after a failure nothing new begins, and nothing is left running. */
export async function inParallel<T, R>(
  items: readonly T[],
  maxWorkers: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const limit = pLimit(maxWorkers);
  const stopped = new AbortController();
  const results = await Promise.allSettled(
    items.map((item) =>
      limit(async () => {
        stopped.signal.throwIfAborted();
        try {
          return await task(item);
        } catch (thrown) {
          stopped.abort(thrown);
          throw thrown;
        }
      }),
    ),
  );
  stopped.signal.throwIfAborted(); // throws what stopped it
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

interface Closable {
  close(): Promise<void>;
}

/** Acts on what is given open, which its giver closes; what is opened for the act is closed after it. */
export async function withOpened<T extends Closable, R>(
  given: T | { open(): Promise<T> },
  act: (opened: T) => Promise<R>,
): Promise<R> {
  if (!('open' in given)) return act(given);
  const opened = await given.open();
  try {
    return await act(opened);
  } finally {
    await opened.close();
  }
}

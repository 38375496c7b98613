/**
 * Calls into a library of another age without the deprecation warnings that it earns: they are for its authors, and
 * would land between our lines. What is called must not be asynchronous.
 */
export function quietly<T>(call: () => T): T {
  const before = process.noDeprecation === true;
  process.noDeprecation = true;
  try {
    return call();
  } finally {
    process.noDeprecation = before;
  }
}

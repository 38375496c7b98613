import { open } from 'node:fs/promises';
import { archiveError, toArchiveError } from './archive-error.ts';
import { hintFor, sniff, sniffBytes } from './archive-sniff.ts';

/**
 * The size of a file, once its first bytes are those of `expected` as {@link sniff} says it; `named` is what its name
 * promises. Throws `INVALID_ARCHIVE` or `FILE_SYSTEM`.
 */
export async function checkMagic(path: string, expected: string, named: string): Promise<number> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0);
    const what = sniff(buffer.subarray(0, bytesRead));
    if (what !== expected)
      throw archiveError(path, `is ${what ?? 'something else'}, not ${named}`, { hint: hintFor(what) });
    return (await file.stat()).size;
  } catch (error) {
    throw toArchiveError(path, error, 'cannot be read');
  }
}

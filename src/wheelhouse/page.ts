import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Source } from '../storage/container.ts';
import type { ObjectHeaders } from './headers.ts';

/** A derived object as it should be. */
export interface Page {
  readonly key: string;
  readonly headers: ObjectHeaders;
  readonly content: PageContent;
}

/** The bytes of a page: rendered anew each time that they are wanted, so that no large one is held whole. */
export interface PageContent {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly chunks: () => Iterable<Buffer>;
}

const pieceLength = 64 * 1024;

/**
 * Renders once, to learn the size and the digest. `render` must give the same each time. Up to `heldBytes` the content
 * stays in memory, and is not rendered again.
 */
export function measureContent(
  render: () => Iterable<string>,
  { heldBytes = 0 }: { readonly heldBytes?: number } = {},
): PageContent {
  const hash = createHash('sha256');
  const held: Buffer[] = [];
  let sizeBytes = 0;
  for (const text of inPieces(render())) {
    hash.update(text, 'utf8');
    sizeBytes += Buffer.byteLength(text);
    if (sizeBytes <= heldBytes) held.push(Buffer.from(text, 'utf8'));
    else held.length = 0;
  }
  const chunks = sizeBytes <= heldBytes ? () => held : () => inChunks(render());
  return { sizeBytes, sha256: hash.digest('hex'), chunks };
}

export function pageSource({ sizeBytes, chunks }: PageContent): Source {
  return {
    sizeBytes,
    open: (start = 0, end = sizeBytes) => Readable.from(cut(chunks(), start, end), { objectMode: false }),
    readAll: () => Buffer.concat([...chunks()]),
  };
}

export function pageText({ chunks }: PageContent): string {
  return Buffer.concat([...chunks()]).toString('utf8');
}

function* inChunks(pieces: Iterable<string>): Generator<Buffer> {
  for (const text of inPieces(pieces)) yield Buffer.from(text, 'utf8');
}

/** Larger pieces: each costs more than its characters. */
function* inPieces(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < pieceLength) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function* cut(chunks: Iterable<Buffer>, start: number, end: number): Generator<Buffer> {
  let offset = 0;
  for (const chunk of chunks) {
    if (offset >= end) return;
    const part = chunk.subarray(Math.max(0, start - offset), Math.max(0, end - offset));
    offset += chunk.length;
    if (part.length > 0) yield part;
  }
}

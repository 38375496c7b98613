import type { ReadOptions } from './container.ts';

type ByteRange = Pick<ReadOptions, 'start' | 'end'>;

/** Whether nothing is asked for: HTTP has no range of no bytes. */
export function isEmptyRange({ start = 0, end = Infinity }: ByteRange): boolean {
  return end <= start;
}

/** What `Range` says of the bytes that are asked for; undefined for all of them. */
export function rangeHeader({ start = 0, end }: ByteRange): string | undefined {
  if (start === 0 && end === undefined) return undefined;
  return `bytes=${start}-${end === undefined ? '' : end - 1}`;
}

/** The size of the whole object, which `Content-Range` tells beside a part of it. */
export function wholeSizeIn(contentRange: string | undefined): number | undefined {
  const size = /\/(\d+)$/.exec(contentRange ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}

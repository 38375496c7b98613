import type { ArchiveEntry, ArchiveFacts } from './archive-contents.ts';
import { archiveError } from './archive-error.ts';
import type { ZipArchive, ZipEntry } from './zip-archive.ts';

type ZipFacts = Omit<ArchiveFacts, 'metadataFolder' | 'unrecorded' | 'unfound'>;

export interface ZipSurvey {
  readonly facts: ZipFacts;
  /** Files only, in the archive's order; empty unless `contents` was asked for. */
  readonly entries: readonly ArchiveEntry[];
}

/**
 * Goes through a zip's central directory once and hands every entry to `visit`. Entries that overlap are refused:
 * one byte range under many names is how a small zip becomes terabytes.
 */
export async function surveyZip(
  path: string,
  zip: ZipArchive,
  contents: boolean,
  visit: (entry: ZipEntry) => void,
): Promise<ZipSurvey> {
  const spans: Span[] = [];
  const entries: ArchiveEntry[] = [];
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  const foreignCompression: string[] = [];
  const dataDescriptors: string[] = [];
  let unpackedBytes = 0;
  let commented = zip.comment.length > 0;

  await zip.scan((entry) => {
    const { central, name } = entry;
    const start = central.relativeOffsetOfLocalHeader;
    spans.push({ start, end: start + 30 + central.fileNameLength + entry.packedBytes });
    visit(entry);
    if (!contents) return;
    unpackedBytes += entry.sizeBytes;
    commented ||= central.fileCommentLength > 0;
    if (seen.has(name)) duplicates.add(name);
    seen.add(name);
    if (central.compressionMethod !== 0 && central.compressionMethod !== 8) foreignCompression.push(name);
    if ((central.generalPurposeBitFlag & 0x08) !== 0) dataDescriptors.push(name);
    if (!name.endsWith('/')) entries.push({ name, sizeBytes: entry.sizeBytes });
  });
  const first = firstByte(path, spans);
  return {
    entries,
    facts: {
      packedBytes: zip.sizeBytes,
      unpackedBytes,
      duplicates: [...duplicates],
      foreignCompression,
      dataDescriptors,
      commented,
      prefixed: first > 0,
      refusedEntries: [], // a zip has neither links nor devices that installers would make
    },
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function firstByte(path: string, spans: Span[]): number {
  spans.sort((a, b) => a.start - b.start);
  let end = 0;
  for (const span of spans) {
    if (span.start < end)
      throw archiveError(path, 'has entries that overlap each other', {
        hint: 'do not install it: no build tool writes such archives',
      });
    end = span.end;
  }
  return spans[0]?.start ?? 0;
}

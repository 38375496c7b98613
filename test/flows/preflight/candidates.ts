import type { ArchiveFacts } from '../../../src/io/archive-contents.ts';
import type { Candidate } from '../../../src/flows/preflight/rule.ts';
import { parseDistributionFilename } from '../../../src/model/filename.ts';
import { parseMetadata } from '../../../src/model/metadata.ts';

export interface CandidateChanges {
  readonly filename?: string;
  readonly sizeBytes?: number;
  /** Header lines that are added to Metadata-Version, Name and Version, or replace those. */
  readonly headers?: readonly string[];
  readonly description?: string;
  readonly facts?: Partial<ArchiveFacts>;
  readonly files?: readonly string[];
  readonly metadataBytes?: Buffer;
}

/** A candidate that no registry has anything against, but for the changes. */
export function makeCandidate({
  filename = 'foo_bar-1.0-py3-none-any.whl',
  sizeBytes = 1000,
  headers = [],
  description = '',
  facts = {},
  files = [],
  metadataBytes,
}: CandidateChanges = {}): Candidate {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(`${filename}: ${parsed.reason}`);
  const defaults = ['Metadata-Version: 2.4', 'Name: foo-bar', `Version: ${parsed.value.version}`];
  const given = headers.map((line) => line.slice(0, line.indexOf(':')));
  const lines = [...defaults.filter((line) => !given.includes(line.slice(0, line.indexOf(':')))), ...headers];
  const bytes = metadataBytes ?? Buffer.from(`${lines.join('\n')}\n\n${description}`);
  const candidate = {
    filename,
    sizeBytes,
    distribution: parsed.value,
    metadata: parseMetadata(bytes.toString('utf8')),
    metadataBytes: bytes,
    files: new Set(files),
  };
  if (parsed.value.kind === 'wininst') return candidate;
  const stem = filename.split('-').slice(0, 2).join('-');
  return {
    ...candidate,
    facts: {
      metadataFolder: parsed.value.kind === 'wheel' ? `${stem}.dist-info` : stem.replace(/\.tar\.gz$/, ''),
      packedBytes: sizeBytes,
      unpackedBytes: sizeBytes * 3,
      duplicates: [],
      foreignCompression: [],
      dataDescriptors: [],
      refusedEntries: [],
      commented: false,
      prefixed: false,
      unrecorded: [],
      unfound: [],
      ...facts,
    },
  };
}

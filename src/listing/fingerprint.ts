import { createHash } from 'node:crypto';
import type { IndexedFile } from '../model/artifact.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { renderProjectJson } from './render-json.ts';
import { renderProjectPage } from './render-simple.ts';

/** All that pages show of a file. What its name says is not repeated. */
const fields = Object.keys({
  filename: true,
  sizeBytes: true,
  sha256: true,
  requiresPython: true,
  metadataSha256: true,
  uploaded: true,
  yanked: true,
} satisfies Record<keyof Omit<IndexedFile, 'distribution'>, true>);

/**
 * What a project's pages are made of, in 32 hexadecimal digits: the files, and the way in which they are rendered. Equal
 * ones mean equal pages, and to compare these takes a tenth of what rendering takes. `files` are in the order of their
 * names.
 */
export function fingerprintProject(project: string, files: readonly IndexedFile[]): string {
  const hash = createHash('sha256').update(fingerprintRendering()).update(project);
  for (const file of files) hash.update(JSON.stringify(file, fields));
  return hash.digest('hex').slice(0, 32);
}

let rendering: string | undefined;

/** The pages of a specimen: another release may render the same files in another way. */
function fingerprintRendering(): string {
  if (rendering !== undefined) return rendering;
  const hash = createHash('sha256');
  for (const piece of renderProjectPage('specimen', specimen)) hash.update(piece);
  for (const piece of renderProjectJson('specimen', specimen)) hash.update(piece);
  return (rendering = hash.digest('hex'));
}

const sha256 = '0123456789abcdef'.repeat(4);

/** Files of every kind, with everything that a page can show of one, and with nothing. */
const specimen = [
  ...specimenFile('specimen-2.0-1-cp313-cp313-manylinux_2_28_x86_64.manylinux2014_x86_64.whl', 12_345_678, {
    sha256,
    requiresPython: '>=3.9,<4',
    metadataSha256: sha256,
    uploaded: '2026-01-02T03:04:05Z',
    yanked: 'a reason & more',
  }),
  ...specimenFile('specimen-2.0.dev1+local-py3-none-any.whl', 1234, { yanked: true }),
  ...specimenFile('specimen-1.0.tar.gz', 0),
  ...specimenFile('specimen-1.0.win32-py2.7.exe', 123),
];

function specimenFile(filename: string, sizeBytes: number, shown: Partial<IndexedFile> = {}): IndexedFile[] {
  const parsed = parseDistributionFilename(filename);
  return parsed.ok ? [{ ...shown, filename, sizeBytes, distribution: parsed.value }] : [];
}

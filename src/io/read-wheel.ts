import type { Wheel } from '../model/artifact.ts';
import { normalizeName } from '../model/name.ts';
import { maxMetadataBytes, type ArchiveContents, type ReadArchiveOptions } from './archive-contents.ts';
import { archiveError } from './archive-error.ts';
import { checkMetadata, decodeMetadata, sameVersion } from './archive-metadata.ts';
import { compareRecord, parseRecord } from './wheel-record.ts';
import { openZip, type ZipArchive, type ZipEntry } from './zip-archive.ts';
import { surveyZip } from './zip-survey.ts';

/** The most that RECORD may hold, in bytes. */
export const maxRecordBytes = 64 * 1024 * 1024;

/** The entries that every wheel has in its one `.dist-info` folder. */
export interface DistInfo {
  /** Such as `foo-1.0.dist-info`. */
  readonly folder: string;
  readonly metadata: ZipEntry;
  readonly record: ZipEntry;
}

/**
 * Reads a wheel's metadata, and with `contents` also its list of files and the facts of its form. Nothing is
 * extracted, and no other entry is read.
 *
 * Throws `INVALID_ARCHIVE` for what pip or uv would not install, `INVALID_METADATA` when METADATA disagrees with the
 * file name, `FILE_SYSTEM` when the file cannot be read.
 */
export async function readWheel(
  path: string,
  distribution: Wheel,
  { contents = false, signal }: ReadArchiveOptions = {},
): Promise<ArchiveContents> {
  await using zip = await openZip(path, 'a wheel', signal);
  const finder = findDistInfo(path, distribution);
  const survey = await surveyZip(path, zip, contents, finder.visit);
  const distInfo = finder.found();
  const metadataBytes = await zip.read(distInfo.metadata, maxMetadataBytes);
  const text = decodeMetadata(path, 'METADATA', metadataBytes);
  const metadata = checkMetadata(path, 'METADATA', text, distribution);
  const read = { metadataBytes, metadata, entryCount: zip.entryCount };
  if (!contents) return read;
  const files = survey.entries.map(({ name }) => name);
  const recorded = await readRecord(zip, distInfo.record);
  return {
    ...read,
    entries: survey.entries,
    facts: {
      ...survey.facts,
      metadataFolder: distInfo.folder,
      ...compareRecord(recorded, files, distInfo.folder),
    },
  };
}

/** The rows of an open wheel's RECORD. */
export async function readRecord(zip: ZipArchive, record: ZipEntry) {
  const bytes = await zip.read(record, maxRecordBytes);
  return parseRecord(bytes.toString('utf8'));
}

/** Collects the `.dist-info` entries while a wheel's directory goes by, then says which they are. */
export function findDistInfo(path: string, distribution: Wheel) {
  const required = { METADATA: [] as ZipEntry[], WHEEL: [] as ZipEntry[], RECORD: [] as ZipEntry[] };
  const folders = new Set<string>();

  const visit = (entry: ZipEntry) => {
    // Folders of vendored packages lie deeper, and are none of ours.
    const slash = entry.name.indexOf('/');
    if (slash === -1 || !entry.name.startsWith('.dist-info', slash - 10)) return;
    folders.add(entry.name.slice(0, slash));
    const file = entry.name.slice(slash + 1);
    if (file === 'METADATA' || file === 'WHEEL' || file === 'RECORD') required[file].push(entry);
  };

  const found = (): DistInfo => {
    const [folder, ...others] = folders;
    if (folder === undefined)
      throw archiveError(path, 'is a zip file without a .dist-info folder, so no wheel');
    if (others.length > 0)
      throw archiveError(
        path,
        `has ${folders.size} .dist-info folders: ${[...folders].slice(0, 5).join(', ')}`,
      );
    if (!isFolderOf(distribution, folder, '.dist-info'))
      throw archiveError(path, `has its metadata in ${folder}, which is another name or version`, {
        code: 'INVALID_METADATA',
        hint: 'pip and uv refuse a renamed wheel: build it again instead of renaming it',
      });
    const only = (file: keyof typeof required): ZipEntry => {
      const [entry, ...more] = required[file];
      if (entry === undefined) throw archiveError(path, `has no ${folder}/${file}`);
      if (more.length > 0) throw archiveError(path, `has ${more.length + 1} entries named ${folder}/${file}`);
      return entry;
    };
    only('WHEEL');
    return { folder, metadata: only('METADATA'), record: only('RECORD') };
  };
  return { visit, found };
}

/** Whether a top folder such as `foo-1.0.dist-info` or `foo-1.0.data` is that of the wheel, however it is spelled. */
export function isFolderOf(
  { project, version }: Wheel,
  folder: string,
  suffix: '.dist-info' | '.data',
): boolean {
  if (!folder.endsWith(suffix)) return false;
  const stem = folder.slice(0, -suffix.length);
  const dash = stem.lastIndexOf('-');
  if (dash <= 0) return false;
  return (
    normalizeName(stem.slice(0, dash)) === normalizeName(project) &&
    sameVersion(stem.slice(dash + 1), version)
  );
}

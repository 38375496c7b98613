import type { SourceDistribution } from '../model/artifact.ts';
import {
  maxMetadataBytes,
  type ArchiveContents,
  type ArchiveEntry,
  type ArchiveFacts,
  type ReadArchiveOptions,
} from './archive-contents.ts';
import { archiveError, printableName, unsafeName } from './archive-error.ts';
import { checkMetadata, decodeMetadata } from './archive-metadata.ts';
import { checkMagic } from './check-magic.ts';
import { openZip, type ZipEntry } from './zip-archive.ts';
import { surveyZip } from './zip-survey.ts';
import { tarEntries, type TarEntry } from './tar-entries.ts';
import { isRefused } from './tar-links.ts';

/**
 * Reads an sdist's metadata, `.tar.gz` as a stream until its PKG-INFO came by, or with `contents` to the end. Nothing
 * is extracted.
 *
 * Throws `INVALID_ARCHIVE` for what is no sdist, `INVALID_METADATA` when PKG-INFO disagrees with the file name,
 * `FILE_SYSTEM` when the file cannot be read.
 */
export async function readSdist(
  path: string,
  distribution: SourceDistribution,
  options: ReadArchiveOptions = {},
): Promise<ArchiveContents> {
  const read = /\.zip$/i.test(path) ? readZip : readTar;
  const { bytes, ...rest } = await read(path, options);
  const metadata = checkMetadata(path, 'PKG-INFO', textOf(path, bytes), distribution);
  return { metadataBytes: bytes, metadata, ...rest };
}

type Read = Pick<ArchiveContents, 'entryCount' | 'entries' | 'facts'> & { readonly bytes: Buffer };

async function readTar(path: string, { contents = false, signal }: ReadArchiveOptions): Promise<Read> {
  const packedBytes = await checkMagic(path, 'a gzip file', 'a .tar.gz file');
  const entries: ArchiveEntry[] = [];
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  const refusedEntries: string[] = [];
  const tops = topFolders(path);
  let bytes: Buffer | undefined;
  let entryCount = 0;
  let unpackedBytes = 0;
  for await (const entry of tarEntries(path, signal)) {
    const name = plainPath(entry.name);
    if (name === '') continue;
    entryCount += 1;
    tops.add(name, entry.type === 'directory');
    if (isMetadata(name)) {
      // A second PKG-INFO of the same name replaces the first one when the file is unpacked.
      bytes = await readMetadata(path, entry);
      if (!contents) break;
    }
    if (!contents) continue;
    unpackedBytes += entry.sizeBytes;
    if (entry.type === 'directory') continue;
    if (seen.has(name)) duplicates.add(name);
    seen.add(name);
    if (isRefused(name, entry)) refusedEntries.push(name);
    entries.push({ name, sizeBytes: entry.sizeBytes });
  }
  if (bytes === undefined) throw withoutMetadata(path, tops.only());
  if (!contents) return { bytes, entryCount };
  const facts: ArchiveFacts = {
    metadataFolder: tops.only(),
    packedBytes,
    unpackedBytes,
    duplicates: [...duplicates],
    foreignCompression: [],
    dataDescriptors: [],
    commented: false,
    prefixed: false,
    refusedEntries,
    unrecorded: [],
    unfound: [],
  };
  return { bytes, entryCount, entries, facts };
}

async function readZip(path: string, { contents = false, signal }: ReadArchiveOptions): Promise<Read> {
  await using zip = await openZip(path, 'an sdist', signal);
  const tops = topFolders(path);
  const found: ZipEntry[] = [];
  const survey = await surveyZip(path, zip, contents, (entry) => {
    const name = plainPath(entry.name);
    if (name === '') return;
    tops.add(name, name.endsWith('/'));
    if (isMetadata(name)) found.push(entry);
  });
  const [pkgInfo, ...others] = found;
  if (pkgInfo === undefined) throw withoutMetadata(path, tops.only());
  if (others.length > 0) throw archiveError(path, `has ${found.length} entries named ${pkgInfo.name}`);
  const bytes = await zip.read(pkgInfo, maxMetadataBytes);
  if (!contents) return { bytes, entryCount: zip.entryCount };
  const facts: ArchiveFacts = {
    ...survey.facts,
    metadataFolder: tops.only(),
    unrecorded: [],
    unfound: [],
  };
  return { bytes, entryCount: zip.entryCount, entries: survey.entries, facts };
}

/** Collects the folders that an archive starts with. An sdist has one: installers enter it to build. */
function topFolders(path: string) {
  let top = '';
  return {
    add(name: string, folder: boolean): void {
      const unsafe = unsafeName(name);
      if (unsafe !== undefined)
        throw archiveError(path, `has an entry ${printableName(name)} whose name ${unsafe}`, {
          hint: 'do not install it: no build tool writes such names',
        });
      const slash = name.indexOf('/');
      if (slash === -1 && !folder)
        throw archiveError(path, `has the file ${printableName(name)} outside of its top folder`);
      const folderName = slash === -1 ? name : name.slice(0, slash);
      if (top === '') top = folderName;
      else if (folderName !== top)
        throw archiveError(
          path,
          `has several top folders: ${printableName(top)}, ${printableName(folderName)}`,
        );
    },
    only: () => top,
  };
}

async function readMetadata(path: string, entry: TarEntry): Promise<Buffer> {
  if (entry.type !== 'file' && entry.type !== 'contiguous-file')
    throw archiveError(path, `has a PKG-INFO that is a ${entry.type}, not a file`);
  if (entry.sizeBytes > maxMetadataBytes)
    throw archiveError(path, `has a PKG-INFO of ${entry.sizeBytes} bytes: more than ${maxMetadataBytes}`);
  return entry.read();
}

/** `./foo-1.0/setup.py`, as some tar programs write it, is `foo-1.0/setup.py`. */
function plainPath(name: string): string {
  return name.replace(/^(?:\.\/+)+/, '').replace(/^\.$/, '');
}

function isMetadata(name: string): boolean {
  return name.endsWith('/PKG-INFO') && name.indexOf('/') === name.length - '/PKG-INFO'.length;
}

function withoutMetadata(path: string, top: string): Error {
  if (top === '') return archiveError(path, 'is an empty archive, not an sdist');
  return archiveError(path, `has no ${printableName(top)}/PKG-INFO`, {
    hint: 'an archive of the sources is not an sdist; build one: python -m build --sdist',
  });
}

/**
 * PKG-INFO's text. Metadata has been UTF-8 since version 2.1 (PEP 566); before, setup scripts wrote what they had, and
 * Latin-1 is what that mostly was. What PyPI says to it is for the preflight.
 */
function textOf(path: string, bytes: Buffer): string {
  const old = /^Metadata-Version:\s*1\./im.test(bytes.toString('latin1', 0, 1024));
  try {
    return decodeMetadata(path, 'PKG-INFO', bytes);
  } catch (error) {
    if (old) return bytes.toString('latin1');
    throw error;
  }
}

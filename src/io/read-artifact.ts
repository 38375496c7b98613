import type { LocalArtifact, WindowsInstaller } from '../model/artifact.ts';
import { parseMetadata } from '../model/metadata.ts';
import { throwIfAborted } from './abort.ts';
import type { ArchiveContents, ReadArchiveOptions } from './archive-contents.ts';
import { checkMagic } from './check-magic.ts';

export type { ArchiveContents, ArchiveEntry, ReadArchiveOptions } from './archive-contents.ts';

/**
 * Reads what an artifact says of itself. Cheap without `contents`: of a wheel only the central directory and METADATA,
 * of an sdist the start up to PKG-INFO. Throws `INVALID_ARCHIVE`, `INVALID_METADATA` or `FILE_SYSTEM`.
 */
export async function readArtifact(
  { path, distribution }: Pick<LocalArtifact, 'path' | 'distribution'>,
  options: ReadArchiveOptions = {},
): Promise<ArchiveContents> {
  switch (distribution.kind) {
    case 'wheel':
      return (await import('./read-wheel.ts')).readWheel(path, distribution, options);
    case 'sdist':
      return (await import('./read-sdist.ts')).readSdist(path, distribution, options);
    case 'wininst':
      return readInstaller(path, distribution, options);
  }
}

/**
 * A Windows installer keeps its metadata in a form of its own that no index serves: its file name has to do. It is
 * uploaded as it is, without a metadata sidecar; only a file that is no program at all is refused.
 */
async function readInstaller(
  path: string,
  { project, version }: WindowsInstaller,
  { contents = false, signal }: ReadArchiveOptions,
): Promise<ArchiveContents> {
  throwIfAborted(signal);
  await checkMagic(path, 'a Windows program', 'a Windows installer');
  const metadata = parseMetadata(`Metadata-Version: 1.0\nName: ${project}\nVersion: ${version}\n`);
  const read = { metadataBytes: Buffer.alloc(0), metadata, entryCount: 0 };
  return contents ? { ...read, entries: [] } : read;
}

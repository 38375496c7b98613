import type { OpenedBytes, OpenFrom } from '../../io/open-link.ts';
import type { IndexedFile } from '../../model/artifact.ts';
import { WheelhouseError } from '../../model/errors.ts';
import type { Container } from '../../storage/container.ts';
import { keyUrl } from '../../storage/public-url.ts';
import { artifactKey } from '../../wheelhouse/layout.ts';
import { listArtifacts } from '../../wheelhouse/list-artifacts.ts';
import type { ContainerLink } from './indexes.ts';

/**
 * What a container holds, as links that are read with the store's own protocol: for private artifacts, and for
 * containers without pages. The container must stay open as long as the links are used.
 */
export async function readContainerLinks(
  container: Container,
  signal?: AbortSignal,
): Promise<readonly ContainerLink[]> {
  const files = await listArtifacts(container, signal);
  return [...files].map((file) => ({
    ...linkOf(container, file),
    open: (from: OpenFrom) => openArtifact(container, file.filename, from),
  }));
}

function linkOf(container: Container, file: IndexedFile): ContainerLink {
  const { filename, sha256, sizeBytes, requiresPython, metadataSha256, uploaded, yanked } = file;
  return {
    url: keyUrl(container.url, artifactKey(filename)),
    filename,
    hashes: sha256 === undefined ? {} : { sha256 },
    size: sizeBytes,
    ...(requiresPython === undefined ? {} : { requiresPython }),
    ...(metadataSha256 === undefined ? {} : { coreMetadata: { sha256: metadataSha256 } }),
    ...(uploaded === undefined ? {} : { uploadTime: uploaded }),
    ...(yanked === undefined ? {} : { yanked }),
  };
}

/** What is read on must be of the version that was begun, where the beginner knows it; else it comes whole. */
async function openArtifact(
  container: Container,
  filename: string,
  { startBytes, validator, signal }: OpenFrom,
): Promise<OpenedBytes> {
  const opened = await container.read(artifactKey(filename), { start: startBytes, signal });
  if (opened === undefined)
    throw new WheelhouseError('NOT_FOUND', `${filename} is no longer in ${container.url}`, {
      hint: 'it was removed after the container was listed; run it again',
    });
  const { body, sizeBytes: totalBytes, tag } = opened;
  const fits = startBytes < totalBytes && (validator === undefined || tag === validator);
  if (startBytes === 0 || fits) return { body, startBytes, totalBytes, validator: tag };
  body.destroy();
  return openArtifact(container, filename, { startBytes: 0, signal });
}

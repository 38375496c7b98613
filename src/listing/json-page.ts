import type { Link } from '../model/artifact.ts';
import { isHashName, type Hashes } from '../model/digest.ts';
import { reasonOf, WheelhouseError } from '../model/errors.ts';
import { isPlainFilename } from '../model/filename.ts';
import { isProjectName, normalizeName } from '../model/name.ts';
import { printableUrl } from '../model/secret.ts';
import { fileUrl, hashesIn, linkTo, resolveUrl, type LinkDetails } from './link.ts';
import type { Page } from './page.ts';

type Json = Readonly<Record<string, unknown>>;

/** Reads a simple index in JSON (PEP 691 and 700): a project's files, or the projects of a root page. */
export function parseJsonPage(body: string, page: URL): Page {
  const { files, projects } = parseObject(body, page);
  if (!Array.isArray(files) && !Array.isArray(projects)) {
    throw new WheelhouseError('INVALID_LISTING', `${printableUrl(page)} is JSON, but no index`, {
      hint: 'a simple index in JSON has "files" or "projects" (PEP 691)',
    });
  }
  return {
    links: elementsOf(files).flatMap((file) => readFile(file, page) ?? []),
    folders: elementsOf(projects).flatMap((project) => readProject(project, page) ?? []),
  };
}

/**
 * Here the index gives the name and the URL only says where; so the name itself has to be plain. An index that leaves
 * it out, as PEP 691 does not allow, means the URL's, which is the only one that pip looks at.
 */
function readFile(file: Json, page: URL): Link | undefined {
  const { filename, url: reference } = file;
  const url = typeof reference === 'string' ? resolveUrl(reference, page) : undefined;
  if (url === undefined) return undefined;
  const details = detailsOf(file, url.hash);
  if (filename === undefined || filename === null) return linkTo(url, details);
  if (typeof filename !== 'string' || !isPlainFilename(filename)) return undefined;
  return { url: fileUrl(url), filename, ...details };
}

function detailsOf(file: Json, fragment: string): LinkDetails {
  const { size, yanked, 'requires-python': requiresPython, 'upload-time': uploadTime } = file;
  const coreMetadata = metadataIn(file['core-metadata'] ?? file['dist-info-metadata']);
  return {
    hashes: { ...hashesIn(fragment), ...readHashes(file['hashes']) },
    ...(isText(requiresPython) ? { requiresPython } : {}),
    // PEP 691: a reason is not empty. One of blanks is none, but it is there.
    ...(yanked === true || isText(yanked) ? { yanked } : isBlank(yanked) ? { yanked: true } : {}),
    ...(coreMetadata === undefined ? {} : { coreMetadata }),
    ...(Number.isSafeInteger(size) && Number(size) >= 0 ? { size: Number(size) } : {}),
    ...(isText(uploadTime) ? { uploadTime } : {}),
  };
}

function readProject(project: Json, page: URL): string | undefined {
  const { name } = project;
  if (typeof name !== 'string' || !isProjectName(name)) return undefined;
  // `…/simple` is a folder whose slash was left out; `…/simple/index.json` is a file in one.
  const root = new URL(page);
  if (!/\/$|\.\w+$/.test(root.pathname)) root.pathname += '/';
  return resolveUrl(`${normalizeName(name)}/`, root)?.href;
}

/** A dictionary says that there is a sidecar, even one without a hash that we know: `{}`. */
function metadataIn(value: unknown): true | Hashes | undefined {
  if (!isObject(value)) return value === true ? true : undefined;
  const hashes = Object.entries(readHashes(value)).filter(([name]) => isHashName(name));
  return hashes.length === 0 ? true : Object.fromEntries(hashes);
}

function readHashes(value: unknown): Hashes {
  const hashes: Record<string, string> = {};
  if (!isObject(value)) return hashes;
  for (const [name, hex] of Object.entries(value)) {
    if (typeof hex === 'string' && name !== '__proto__') hashes[name.toLowerCase()] = hex.toLowerCase();
  }
  return hashes;
}

function parseObject(body: string, page: URL): Json {
  try {
    const parsed: unknown = JSON.parse(body.replace(/^\uFEFF/, ''));
    return isObject(parsed) ? parsed : {};
  } catch (error) {
    throw new WheelhouseError(
      'INVALID_LISTING',
      `${printableUrl(page)} is no whole JSON: ${reasonOf(error)}`,
      {
        hint: 'the answer may have been cut off; try again',
        cause: error,
      },
    );
  }
}

function elementsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBlank(value: unknown): boolean {
  return typeof value === 'string' && /^\s+$/.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

import type { Distribution } from '../model/artifact.ts';
import { isDevVersion, isPublicVersion } from '../model/version.ts';

export interface ObjectHeaders {
  readonly contentType: string;
  readonly cacheControl: string;
}

const immutable = 'max-age=31536000, immutable';
const shortLived = 'max-age=60, must-revalidate';

/** How each kind of object is served. pip refuses an index page that has no content type of its own. */
const contentTypes = {
  artifact: 'application/octet-stream',
  sidecar: 'text/plain; charset=utf-8',
  html: 'text/html; charset=utf-8',
  simpleJson: 'application/vnd.pypi.simple.v1+json',
  json: 'application/json',
} as const;

/** Headers of a page, of `metadata.json` and of a record. */
export function pageHeaders(kind: 'html' | 'simpleJson' | 'json'): ObjectHeaders {
  return { contentType: contentTypes[kind], cacheControl: shortLived };
}

/** Headers of an artifact and of its sidecar. A dev build without a stamp may change under its name. */
export function artifactHeaders(kind: 'artifact' | 'sidecar', distribution: Distribution): ObjectHeaders {
  const { version } = distribution;
  const mayChange = isDevVersion(version) && isPublicVersion(version);
  return { contentType: contentTypes[kind], cacheControl: mayChange ? shortLived : immutable };
}

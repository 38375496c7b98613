import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Part } from './multipart.ts';

/** A file that a registry of Buildkite has. */
export interface BuildkiteFile {
  readonly id: string;
  readonly filename: string;
  readonly name: string;
  readonly version: string;
  readonly createdAt: string;
  readonly content: Buffer;
  readonly sha256: string;
}

/** An answer as it goes over the wire. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const json = (status: number, value: unknown): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});

export const hex = (algorithm: string, content: Buffer) =>
  createHash(algorithm).update(content).digest('hex');

export const normalize = (name: string) => name.replace(/[-_.]+/g, '-').toLowerCase();

/** "typically the file name excluding any version details and extension": the documentation's page on Python. */
export function readName(filename: string): { name: string; version: string } | undefined {
  const [, name, version] =
    /^(.+?)-([^-]+)(?:(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl|\.tar\.gz|\.zip)$/.exec(filename) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/**
 * The one part that a form has to have, and nothing beside it.
 * v2: "Required request form-field content: file" (docs, REST API, packages); or `package_url`, as go-buildkite's
 * `Finalize` sends it. Legacy: `package[package_file]`, the only field of the documentation's curl line.
 */
export function onlyPart(parts: readonly Part[], names: readonly string[]): Part | string {
  const [part, ...more] = parts;
  if (part === undefined || more.length > 0) return `expected one form field, got ${parts.length}`;
  return names.includes(part.name) ? part : `${part.name} is no field of this form`;
}

/**
 * What Amazon S3 asks of a POST with a policy
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html): a length, no second way to authenticate,
 * every signed field, and the file as the last one.
 */
export function storeRefusal(
  headers: IncomingHttpHeaders,
  parts: readonly Part[],
  data: Readonly<Record<string, string>>,
): Reply | undefined {
  const refuse = (status: number, code: string, message: string): Reply => ({
    status,
    headers: { 'Content-Type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  });
  if (headers['content-length'] === undefined)
    return refuse(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  if (headers.authorization !== undefined)
    return refuse(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  const files = parts.filter(({ name }) => name === 'file');
  if (files.length !== 1 || parts.at(-1) !== files[0])
    return refuse(400, 'InvalidArgument', 'POST requires exactly one file upload per request.');
  const sent = Object.fromEntries(parts.slice(0, -1).map(({ name, content }) => [name, content.toString()]));
  if (JSON.stringify(sent) !== JSON.stringify(data))
    return refuse(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match.');
  return undefined;
}

/** A project's page of the simple index (PEP 503), with or without digests. */
export function indexPage(
  files: readonly Pick<BuildkiteFile, 'filename' | 'name' | 'sha256'>[],
  project: string,
  digests: boolean,
): Reply {
  const found = files.filter(({ name }) => normalize(name) === project);
  if (project !== '' && found.length === 0) return { status: 404 };
  const links = found.map(({ filename, sha256 }) => {
    const href = `../../packages/${encodeURIComponent(filename)}${digests ? `#sha256=${sha256}` : ''}`;
    return `<a href="${href}">${filename}</a><br>`;
  });
  const headers = { 'Content-Type': 'text/html; charset=utf-8' };
  return { status: 200, headers, body: `<!DOCTYPE html><html><body>${links.join('\n')}</body></html>` };
}

import { createHash } from 'node:crypto';

export type Names = Record<string, string>;

export interface SwiftObject {
  readonly bytes: Buffer;
  readonly headers: Names;
  readonly etag: string;
  readonly modified: Date;
  /** Of a static large object: what its manifest names. */
  readonly segments?: readonly { readonly name: string; readonly bytes: number; readonly hash: string }[];
}

export interface SwiftContainerState {
  readonly headers: Names;
  readonly objects: Map<string, SwiftObject>;
}

export interface SwiftRules {
  /** `max_file_size`; 5 GiB by default. */
  readonly maxFileBytes: number;
  /** `container_listing_limit`; 10,000 by default. */
  readonly pageSize: number;
  /** Whether the pipeline has the `slo` middleware. */
  readonly slo: boolean;
  /** Static manifests as the Swift API of Ceph's gateway 16.2 has them: they are not given back, and listed by their size. */
  readonly ceph: boolean;
}

export interface Call {
  readonly method: string;
  readonly container: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Names;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Names;
  readonly body?: Buffer | string;
}

/** What an object server keeps of a PUT's headers (`allowed_headers` of object-server.conf, content type included). */
const kept =
  /^(?:content-type|content-encoding|content-disposition|cache-control|expires|x-object-manifest|x-object-meta-.*)$/;
const keptOfContainer = /^x-container-(?:read|write|meta-.*)$/;

/** Containers and objects as Swift 2.30 has them; the rules are those of its API reference and of its middleware. */
export class SwiftState {
  readonly containers = new Map<string, SwiftContainerState>();
  readonly rules: SwiftRules;
  #clock = 0;

  constructor(rules: Partial<SwiftRules> = {}) {
    this.rules = { maxFileBytes: 5 * 1024 ** 3, pageSize: 10_000, slo: true, ceph: false, ...rules };
  }

  answer(call: Call): Reply {
    if (Buffer.byteLength(call.container) > 256) return html(400, 'Container name length is longer than 256');
    if (Buffer.byteLength(call.key) > 1024) return html(400, 'Object name length is longer than 1024');
    const container = this.containers.get(call.container);
    if (call.key === '') return this.#ofContainer(call, container);
    if (container === undefined) return html(404, 'The resource could not be found.');
    return this.#ofObject(call, container);
  }

  #ofContainer(call: Call, container: SwiftContainerState | undefined): Reply {
    const { method, headers } = call;
    if (method === 'PUT') {
      this.containers.set(call.container, {
        headers: { ...container?.headers, ...pick(headers, keptOfContainer) },
        objects: container?.objects ?? new Map<string, SwiftObject>(),
      });
      return { status: container === undefined ? 201 : 202 };
    }
    if (container === undefined) return html(404, 'The resource could not be found.');
    if (method === 'POST') {
      Object.assign(container.headers, pick(headers, keptOfContainer));
      return { status: 204 };
    }
    const about = { ...container.headers, 'x-container-object-count': String(container.objects.size) };
    if (method === 'HEAD') return { status: 204, headers: about };
    return method === 'GET' ? this.#list(call, container, about) : html(405, 'Method not allowed');
  }

  #list({ query }: Call, { objects }: SwiftContainerState, headers: Names): Reply {
    const { pageSize } = this.rules;
    const limit = Number(query.get('limit') ?? pageSize);
    if (limit > pageSize) return html(412, `Maximum limit is ${pageSize}`);
    const marker = Buffer.from(query.get('marker') ?? '');
    const prefix = query.get('prefix') ?? '';
    const page = [...objects.entries()]
      .filter(([name]) => name.startsWith(prefix) && Buffer.compare(Buffer.from(name), marker) > 0)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .slice(0, limit);
    if (query.get('format') !== 'json')
      return { status: 200, headers, body: page.map(([name]) => `${name}\n`).join('') };
    const entries = page.map(([name, object]) => ({
      name,
      hash: object.segments === undefined ? object.etag : md5('the manifest'),
      // Of a dynamic large object a container server knows the manifest only.
      bytes: sizeOf(object),
      content_type: object.headers['content-type'],
      last_modified: object.modified.toISOString().replace('Z', '000'),
      ...(object.segments !== undefined &&
        (this.rules.ceph
          ? { hash: md5(''), bytes: JSON.stringify(object.segments).length }
          : { slo_etag: `"${object.etag}"` })),
    }));
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(entries),
    };
  }

  #ofObject(call: Call, container: SwiftContainerState): Reply {
    const there = container.objects.get(call.key);
    if (call.method === 'PUT') return this.#put(call, container, there);
    if (there === undefined) return html(404, 'The resource could not be found.');
    if (call.method === 'DELETE') {
      container.objects.delete(call.key);
      return { status: 204 };
    }
    if (call.method !== 'GET' && call.method !== 'HEAD') return html(405, 'Method not allowed');
    return this.#get(call, there);
  }

  #put(call: Call, { objects }: SwiftContainerState, there: SwiftObject | undefined): Reply {
    const { headers, body, key, query } = call;
    const condition = headers['if-none-match'];
    if (condition !== undefined && condition !== '*') return html(400, 'Value for If-None-Match must be *');
    if (condition !== undefined && there !== undefined)
      return html(412, 'A precondition for this request was not met.');
    const modified = new Date(Math.max(Date.now(), ++this.#clock));
    const kept_ = { 'content-type': 'application/octet-stream', ...pick(headers, kept) };
    if (query.get('multipart-manifest') === 'put' && this.rules.slo) {
      const segments = this.#segments(body);
      if (typeof segments === 'string') return { status: 400, body: segments };
      const etag = md5(segments.map(({ hash }) => hash).join(''));
      const bytes = Buffer.concat(segments.map(({ name }) => this.#at(name)?.bytes ?? Buffer.alloc(0)));
      objects.set(key, { bytes, headers: kept_, etag, modified, segments });
      return { status: 201, headers: { etag: `"${etag}"` } };
    }
    if (body.length > this.rules.maxFileBytes) return html(413, 'Your request is too large.');
    const etag = md5(body);
    if (headers['etag'] !== undefined && headers['etag'] !== etag)
      return html(422, 'Unable to process the contained instructions');
    objects.set(key, { bytes: body, headers: kept_, etag, modified });
    return { status: 201, headers: { etag, 'last-modified': modified.toUTCString() } };
  }

  /** `slo` compares what the manifest says with what is there, and refuses the whole. */
  #segments(manifest: Buffer): string | { name: string; bytes: number; hash: string }[] {
    const named = JSON.parse(manifest.toString('utf8')) as {
      path: string;
      etag: string;
      size_bytes: number;
    }[];
    for (const { path, etag, size_bytes } of named) {
      const there = this.#at(path);
      if (there === undefined) return `Errors:\n${path}, 404 Not Found`;
      if (there.etag !== etag) return `Errors:\n${path}, Etag Mismatch`;
      if (there.bytes.length !== size_bytes) return `Errors:\n${path}, Size Mismatch`;
    }
    return named.map(({ path, etag, size_bytes }) => ({ name: path, bytes: size_bytes, hash: etag }));
  }

  #get({ method, query, headers }: Call, object: SwiftObject): Reply {
    if (object.segments !== undefined && query.get('multipart-manifest') === 'get')
      return { status: 200, body: this.rules.ceph ? '' : JSON.stringify(object.segments) };
    const { bytes, etag } = this.#content(object);
    const about = {
      ...object.headers,
      etag,
      'last-modified': object.modified.toUTCString(),
      ...(object.segments !== undefined && { 'x-static-large-object': 'True' }),
    };
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
    if (from === undefined || method === 'HEAD') return { status: 200, headers: about, body: bytes };
    if (Number(from) >= bytes.length) return html(416, 'The Range requested is not available.');
    const end = to === '' ? bytes.length : Math.min(Number(to) + 1, bytes.length);
    const range = `bytes ${from}-${end - 1}/${bytes.length}`;
    return {
      status: 206,
      headers: { ...about, 'content-range': range },
      body: bytes.subarray(Number(from), end),
    };
  }

  /** A dynamic manifest stands for whatever has its prefix; the tags of large objects come in quotes. */
  #content(object: SwiftObject): { bytes: Buffer; etag: string } {
    if (object.segments !== undefined) return { bytes: object.bytes, etag: `"${object.etag}"` };
    const manifest = object.headers['x-object-manifest'];
    if (manifest === undefined) return object;
    const [container = '', ...rest] = decodeURIComponent(manifest).split('/');
    const parts = [...(this.containers.get(container)?.objects.entries() ?? [])]
      .filter(([name]) => name.startsWith(rest.join('/')))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, part]) => part);
    const etag = `"${md5(parts.map((part) => part.etag).join(''))}"`;
    return { bytes: Buffer.concat(parts.map((part) => part.bytes)), etag };
  }

  #at(path: string): SwiftObject | undefined {
    const [, container = '', ...rest] = path.split('/');
    return this.containers.get(container)?.objects.get(rest.join('/'));
  }
}

export function md5(content: Buffer | string): string {
  return createHash('md5').update(content).digest('hex');
}

/** A refusal as swob words it. */
export function html(status: number, reason: string): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: `<html><h1>No</h1><p>${reason}</p></html>`,
  };
}

function sizeOf(object: SwiftObject): number {
  return object.bytes.length;
}

function pick(headers: Names, wanted: RegExp): Names {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => wanted.test(name)));
}

// A registry in memory that speaks PyPI's upload API and serves a simple index of what it was given.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const largestUploadBytes = 64 * 1024 * 1024;
const normalize = (project) => project.replace(/[-_.]+/g, '-').toLowerCase();
const digestOf = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex');

/**
 * Starts the registry on a free port: `{ url, files, close() }`. Uploads need the user name and the password;
 * every answer waits for `delayMs`, as one from far away would.
 */
export async function startRegistry({ username, password, delayMs = 0 }) {
  const files = new Map();
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const server = createServer(async (request, response) => {
    const answer = async (status, reason, body = `${reason}\n`, type = 'text/plain') => {
      await sleep(delayMs);
      response.writeHead(status, reason, { 'Content-Type': type }).end(body);
    };
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    try {
      if (request.method === 'POST') {
        if (request.headers.authorization !== authorization)
          return await answer(401, 'Invalid user name or password');
        const [status, reason] = store(files, await readForm(request));
        return await answer(status, reason);
      }
      if (path.startsWith('/files/')) {
        const file = files.get(path.slice('/files/'.length));
        if (file === undefined) return await answer(404, 'Not Found');
        return await answer(200, 'OK', file.bytes, 'application/octet-stream');
      }
      const page = renderPage(files, path);
      return page === undefined
        ? answer(404, 'Not Found')
        : answer(200, 'OK', page, 'text/html; charset=utf-8');
    } catch (error) {
      return await answer(400, String(error.message));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    files,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

/** Keeps a file whose digests are right; what is there stays as it is, as on PyPI. */
function store(files, form) {
  const content = form.get('content');
  const missing = [':action', 'protocol_version', 'name', 'version', 'filetype', 'sha256_digest'];
  for (const field of missing) if (!form.has(field)) return [400, `Missing field ${field}`];
  if (content?.filename === undefined) return [400, 'Missing file'];
  for (const [field, algorithm] of [
    ['sha256_digest', 'sha256'],
    ['md5_digest', 'md5'],
  ]) {
    const claimed = form.get(field)?.text;
    if (claimed !== undefined && claimed !== digestOf(algorithm, content.bytes))
      return [400, `Wrong ${field}`];
  }
  const sha256 = digestOf('sha256', content.bytes);
  const known = files.get(content.filename);
  if (known !== undefined) return known.sha256 === sha256 ? [200, 'OK'] : [400, 'File already exists'];
  const requiresPython = form.get('requires_python')?.text;
  files.set(content.filename, {
    project: normalize(form.get('name').text),
    bytes: content.bytes,
    sha256,
    requiresPython,
  });
  return [200, 'OK'];
}

/** The parts of a multipart form by name: `{ text, bytes, filename? }`. */
async function readForm(request) {
  const boundary = /boundary="?([^";]+)"?/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw new Error('Not a multipart form');
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestUploadBytes) throw new Error('Too large');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const form = new Map();
  const delimiter = Buffer.from(`--${boundary}`);
  let start = body.indexOf(delimiter);
  while (start !== -1) {
    const end = body.indexOf(delimiter, start + delimiter.length);
    if (end === -1) break;
    const part = body.subarray(start + delimiter.length + 2, end - 2);
    const split = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, split).toString('utf8');
    const bytes = part.subarray(split + 4);
    const name = /\bname="([^"]*)"/.exec(head)?.[1];
    const filename = /\bfilename="([^"]*)"/.exec(head)?.[1];
    if (name !== undefined) form.set(name, { bytes, text: bytes.toString('utf8'), filename });
    start = end;
  }
  return form;
}

function renderPage(files, path) {
  const html = (lines) => `<!DOCTYPE html>\n<html><body>\n${lines.join('\n')}\n</body></html>\n`;
  const projects = [...new Set([...files.values()].map(({ project }) => project))].sort();
  if (path === '/' || path === '/simple/') {
    return html(projects.map((project) => `<a href="/simple/${project}/">${project}</a><br>`));
  }
  const asked = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
  if (asked === undefined || !projects.includes(normalize(asked))) return undefined;
  return html(
    [...files]
      .filter(([, { project }]) => project === normalize(asked))
      .map(([filename, { sha256, requiresPython = '' }]) => {
        const requires = requiresPython
          .replaceAll('&', '&amp;')
          .replaceAll('<', '&lt;')
          .replaceAll('>', '&gt;');
        const href = `/files/${encodeURIComponent(filename)}#sha256=${sha256}`;
        return `<a href="${href}" data-requires-python="${requires}">${filename}</a><br>`;
      }),
  );
}

import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findFreePort, startServer, type Background } from '../background.ts';

/** Starts a real nginx that lists the folders below one, as its `autoindex` module does: names, dates, no hash. */
export async function startNginx(root: string): Promise<Background> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelhouse-nginx-'));
  const port = await findFreePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const settings = `daemon off;
worker_processes 1;
pid ${join(folder, 'pid')};
error_log stderr;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${root};
    autoindex on;
  }
}
`;
  await writeFile(join(folder, 'nginx.conf'), settings);
  const url = `http://127.0.0.1:${port}/`;
  const server = await startServer(await findNginx(), ['-p', folder, '-c', join(folder, 'nginx.conf')], url);
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findNginx(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    const program = join(folder, 'nginx');
    if (
      await access(program).then(
        () => true,
        () => false,
      )
    )
      return program;
  }
  throw new Error('nginx is not installed: run .ci/run, or apt-get install nginx-light');
}

// Download from one local static server, against pip (which verifies hashes too) and aria2c (told to).
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWheel } from '../../demo/distributions.js';
import { serveFolder } from '../../demo/file-server.js';
import { measure, timeOurs, timeCommand } from '../measure.js';

export async function measureFetch({ folder, quick, peers }) {
  const many = { count: quick ? 20 : 200, sizeMb: 1 };
  const large = { count: 1, sizeMb: quick ? 50 : 500 };
  const rows = [];
  for (const { count, sizeMb } of [many, large]) {
    const contenders = await prepare({ folder: join(folder, `${count}x${sizeMb}`), count, sizeMb, peers });
    const times = await measure(contenders.byName, quick ? 1 : 5);
    await contenders.close();
    rows.push({ what: `fetch of ${count} × ${sizeMb} MB`, times });
  }
  return rows;
}

async function prepare({ folder, count, sizeMb, peers }) {
  // One project in many versions for us and aria2c; pip takes one version of a project, so it gets many projects.
  const versions = Array.from({ length: count }, (_, number) => ({
    project: 'bench',
    version: `1.${number}`,
  }));
  const projects = Array.from({ length: count }, (_, number) => ({
    project: `bench${number}`,
    version: '1.0',
  }));
  const site = join(folder, 'site');
  const files = writeSite(join(site, 'versions'), versions, sizeMb);
  writeSite(join(site, 'projects'), projects, sizeMb);
  const server = await serveFolder(site);

  const emptied = (name) => {
    const target = join(folder, name);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    return target;
  };
  const checked = async (timing, target) => {
    const elapsedMs = await timing;
    const found = readdirSync(target).length;
    if (found !== count) throw new Error(`${target} holds ${found} files, not ${count}`);
    return elapsedMs;
  };
  const byName = {
    ours: () => {
      const target = emptied('ours');
      return checked(
        timeOurs(['fetch', 'bench', `${server.url}versions/`, '--local-folder', target]),
        target,
      );
    },
  };
  if (peers.pip !== undefined) {
    byName.pip = () => {
      const target = emptied('pip');
      const page = ['--no-index', '--find-links', `${server.url}projects/`];
      const args = [
        'download',
        '--no-deps',
        '--disable-pip-version-check',
        '--quiet',
        '--dest',
        target,
        ...page,
      ];
      return checked(timeCommand(peers.pip, [...args, ...projects.map(({ project }) => project)]), target);
    };
  }
  if (peers.aria2c !== undefined) {
    const list = join(folder, 'aria2.txt');
    const entries = files.map(
      ({ filename, sha256 }) => `${server.url}versions/${filename}\n  checksum=sha-256=${sha256}\n`,
    );
    writeFileSync(list, entries.join(''));
    byName.aria2c = () => {
      const target = emptied('aria2c');
      const args = [
        '--no-conf',
        '--quiet',
        '--max-concurrent-downloads=4',
        `--dir=${target}`,
        `--input-file=${list}`,
      ];
      return checked(timeCommand(peers.aria2c, args), target);
    };
  }
  return { byName, close: () => server.close() };
}

function writeSite(folder, distributions, sizeMb) {
  mkdirSync(folder, { recursive: true });
  const payload = randomBytes(sizeMb * 1_000_000);
  const files = distributions.map(({ project, version }) => {
    const { filename, bytes } = makeWheel(project, version, 'any', payload);
    writeFileSync(join(folder, filename), bytes);
    return { filename, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  const links = files.map(
    ({ filename, sha256 }) => `<a href="${filename}#sha256=${sha256}">${filename}</a><br>`,
  );
  writeFileSync(
    join(folder, 'index.html'),
    `<!DOCTYPE html>\n<html><body>\n${links.join('\n')}\n</body></html>\n`,
  );
  return files;
}

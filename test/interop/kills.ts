import { expect } from 'vitest';
import { makeFolder, makeSdist, makeWheel, type MadeDistribution } from '../make-distribution.ts';
import { runBin, runBinForSummary } from './commands.ts';

/** What the project's page on a simple index says: SHA-256 by file name; nothing of a project that is not there. */
export async function digestsOn(index: string, project: string): Promise<Record<string, string>> {
  const answer = await fetch(new URL(`${project}/`, index));
  if (answer.status === 404) return {};
  const page = await answer.text();
  const links = page.matchAll(/href="[^"#]*?([^"#/]+)#sha256=([0-9a-f]{64})"/g);
  return Object.fromEntries(
    [...links].map(([, filename = '', sha256 = '']) => [decodeURIComponent(filename), sha256]),
  );
}

const pythons = ['310', '311', '312', '313', '314'];
const platforms = ['manylinux_2_28_x86_64', 'win_amd64'];

/** A release of ten wheels, large enough to take a while, and an sdist. */
async function makeRelease(project: string, version: string): Promise<MadeDistribution[]> {
  const made = { project, version };
  const wheels = pythons.flatMap((python) =>
    platforms.map((platform) => {
      const bulk = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('hex');
      return makeWheel({ ...made, tag: `cp${python}-cp${python}-${platform}`, module: `bulk = '${bulk}'\n` });
    }),
  );
  return [...wheels, await makeSdist(made)];
}

/**
 * Kills a publication again and again, at moments of every part of its run, resumes it each time, and expects that in
 * the end everything is there, once and with its own bytes. `where` gives the arguments that name the registry.
 */
export async function expectToSurviveKills(
  where: readonly string[],
  index: string,
  environment: Record<string, string>,
): Promise<void> {
  const project = 'proof-kills';
  const publish = async (folder: string, killAfterMs?: number) => {
    const args = ['publish', ...where, '--local-folder', folder, '--max-workers', '2'];
    if (killAfterMs !== undefined) return runBin(args, { env: environment, killAfterMs });
    const done = await runBinForSummary(args, { env: environment });
    expect(done.summary, done.stdout + done.stderr).toMatchObject({ ok: true, exitCode: 0 });
    return done;
  };
  const all: MadeDistribution[] = [];
  let wholeMs = 0; // how long a run takes that nobody kills
  let killed = 0;
  for (const version of ['1.0', '2.0', '3.0', '4.0', '5.0']) {
    const release = await makeRelease(project, version);
    await using dist = await makeFolder(release);
    all.push(...release);
    for (let i = 0; i < 5 && wholeMs > 0; i++) {
      const ended = await publish(dist.path, 1 + Math.random() * wholeMs);
      if (ended.signal === 'SIGKILL') killed++;
    }
    const started = performance.now();
    await publish(dist.path);
    if (wholeMs === 0) wholeMs = performance.now() - started;
  }
  expect(killed).toBeGreaterThan(0);
  expect(await digestsOn(index, project)).toEqual(
    Object.fromEntries(all.map(({ filename, sha256 }) => [filename, sha256])),
  );
}

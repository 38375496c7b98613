import { throwIfAborted } from '../../io/abort.ts';
import { isAbort, reasonOf } from '../../model/errors.ts';
import { normalizeName } from '../../model/name.ts';
import type { PublishableArtifact, PublishTarget } from '../../registry/target.ts';
import type { Sleep } from './pace.ts';
import { presenceOf, writtenProjects, type Presence } from './presence.ts';

export interface VerifyOptions {
  /** How long to wait, in all, for an index that is behind, in milliseconds. */
  readonly patienceMs: number;
  readonly sleep: Sleep;
  readonly signal?: AbortSignal | undefined;
  /** Told once, when waiting begins because the index is behind, or cannot be read for a reason. */
  readonly onBehind?: (filenames: readonly string[], reason: string | undefined) => void;
}

/** What the registry's index shows of one artifact in the end, and why nothing where it could not be read. */
export interface Verdict {
  readonly presence: Presence;
  readonly reason?: string;
}

/**
 * Looks every artifact up on the registry's index, by digest, one read for each project. CDNs serve an old page for a
 * while, so what is `awaited` but absent is looked up again until the patience ends; nothing else is waited for.
 */
export async function verifyRelease(
  target: Pick<PublishTarget, 'known'>,
  artifacts: readonly PublishableArtifact[],
  awaited: ReadonlySet<string>,
  { patienceMs, sleep, signal, onBehind }: VerifyOptions,
): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  let open = artifacts;
  let waitedMs = 0;
  for (let delayMs = 1000; ; delayMs = Math.min(delayMs * 2, 15_000)) {
    for (const [artifact, verdict] of await look(target, open, signal))
      verdicts.set(artifact.filename, verdict);
    open = open.filter(
      ({ filename }) => awaited.has(filename) && verdicts.get(filename)?.presence === 'absent',
    );
    if (open.length === 0 || waitedMs >= patienceMs) return verdicts;
    const filenames = open.map(({ filename }) => filename);
    if (waitedMs === 0) onBehind?.(filenames, verdicts.get(filenames[0] ?? '')?.reason);
    const waitMs = Math.min(delayMs, patienceMs - waitedMs);
    await sleep(waitMs, signal);
    waitedMs += waitMs;
  }
}

async function look(
  target: Pick<PublishTarget, 'known'>,
  artifacts: readonly PublishableArtifact[],
  signal: AbortSignal | undefined,
): Promise<[PublishableArtifact, Verdict][]> {
  const verdicts: [PublishableArtifact, Verdict][] = [];
  for (const [project, written] of writtenProjects(artifacts)) {
    const ofProject = artifacts.filter(({ distribution }) => normalizeName(distribution.project) === project);
    try {
      const files = await target.known(written, signal);
      for (const artifact of ofProject) verdicts.push([artifact, { presence: presenceOf(artifact, files) }]);
    } catch (thrown) {
      throwIfAborted(signal);
      if (isAbort(thrown)) throw thrown;
      // The files are there or not, whatever the index can tell now: that is no failure of theirs.
      const reason = reasonOf(thrown);
      for (const artifact of ofProject) verdicts.push([artifact, { presence: 'absent', reason }]);
    }
  }
  return verdicts;
}

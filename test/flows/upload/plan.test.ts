import { describe, expect, it } from 'vitest';
import { planUpload } from '../../../src/flows/upload/plan.ts';
import { parseDistributionFilename } from '../../../src/model/filename.ts';
import type { KnownArtifact } from '../../../src/wheelhouse/metadata-file.ts';
import type { OnConflict } from '../../../src/wheelhouse/store-artifact.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)] as const;
const release = 'pkg-1.0-py3-none-any.whl';
const dev = 'pkg-1.1.dev0-py3-none-any.whl';
const stamped = 'pkg-1.1.dev0+20260101000000.abc-py3-none-any.whl';

function plan(filename: string, there: string | undefined, onConflict?: OnConflict) {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  const known = new Map<string, KnownArtifact>();
  if (there !== undefined) known.set(filename, { sha256: there, sizeBytes: 10, body: {} });
  const [step] = planUpload(
    [{ filename, distribution: parsed.value, sizeBytes: 10, sha256: a }],
    known,
    onConflict,
  );
  return step;
}

describe('planUpload', () => {
  it.each<[string, string, string | undefined, OnConflict | undefined, string]>([
    ['a new file', release, undefined, undefined, 'send'],
    ['a new file, whatever the rule', release, undefined, 'skip', 'send'],
    ['the same bytes', release, a, undefined, 'keep'],
    ['the same bytes, whatever the rule', release, a, 'overwrite', 'keep'],
    ['other bytes of a release', release, b, undefined, 'refuse'],
    ['other bytes of a dev build', dev, b, undefined, 'overwrite'],
    ['other bytes of a stamped dev build', stamped, b, undefined, 'overwrite'],
    ['other bytes, to be skipped', release, b, 'skip', 'skip'],
    ['other bytes, to be overwritten', release, b, 'overwrite', 'overwrite'],
    ['other bytes of a dev build, as an error', dev, b, 'error', 'refuse'],
  ])('%s', (_, filename, there, onConflict, action) => {
    expect(plan(filename, there, onConflict)).toMatchObject({ filename, action, size: 10 });
  });

  it('keeps the order, and says why', () => {
    expect(plan(release, b)?.reason).toBe('other bytes are there');
    expect(plan(release, undefined)?.reason).toBe('new');
  });
});

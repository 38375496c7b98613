import { afterEach, describe, expect, it, vi } from 'vitest';
import { fingerprintProject } from '../../src/listing/fingerprint.ts';
import type { IndexedFile } from '../../src/model/artifact.ts';
import { indexedFile } from './indexed-file.ts';

const full = indexedFile('demo-1.0-py3-none-any.whl', {
  sha256: 'a'.repeat(64),
  requiresPython: '>=3.9',
  metadataSha256: 'b'.repeat(64),
  uploaded: '2026-01-01T00:00:00Z',
  yanked: 'broken',
});
const fingerprint = fingerprintProject('demo', [full]);

describe('the fingerprint of a project', () => {
  it('is the same for the same files, and short', () => {
    expect(fingerprintProject('demo', [{ ...full }])).toBe(fingerprint);
    expect(fingerprint).toMatch(/^[0-9a-f]{32}$/);
  });

  const changes: Record<keyof Omit<IndexedFile, 'distribution'>, Partial<IndexedFile>> = {
    filename: { filename: 'demo-1.0-py2-none-any.whl' },
    sizeBytes: { sizeBytes: 2 },
    sha256: { sha256: 'c'.repeat(64) },
    requiresPython: { requiresPython: '>=3.10' },
    metadataSha256: { metadataSha256: 'c'.repeat(64) },
    uploaded: { uploaded: '2026-01-01T00:00:01Z' },
    yanked: { yanked: 'broken too' },
  };
  it.each(Object.entries(changes))('changes with %s', (_, change) =>
    expect(fingerprintProject('demo', [{ ...full, ...change }])).not.toBe(fingerprint),
  );

  it.each(['sha256', 'requiresPython', 'metadataSha256', 'uploaded', 'yanked'] as const)(
    'changes without %s',
    (field) => {
      const without = { ...full, [field]: undefined };
      expect(fingerprintProject('demo', [without])).not.toBe(fingerprint);
    },
  );

  it('changes with the name of the project, and with a file more', () => {
    expect(fingerprintProject('demos', [full])).not.toBe(fingerprint);
    expect(fingerprintProject('demo', [full, indexedFile('demo-1.0.tar.gz')])).not.toBe(fingerprint);
  });

  it('does not take what one file shows for what another does', () => {
    const [a, b] = [indexedFile('demo-1.0.tar.gz'), indexedFile('demo-1.1.tar.gz')];
    const yanked = { yanked: 'why' };
    const first = fingerprintProject('demo', [{ ...a, ...yanked }, b]);
    expect(fingerprintProject('demo', [a, { ...b, ...yanked }])).not.toBe(first);
  });
});

describe('another release', () => {
  afterEach(() => {
    vi.doUnmock('../../src/listing/tags-in-words.ts');
    vi.resetModules();
  });

  it('that says one word in another way has other fingerprints', async () => {
    vi.resetModules();
    vi.doMock('../../src/listing/tags-in-words.ts', () => ({ tagsInWords: () => 'a new wording' }));
    const other = await import('../../src/listing/fingerprint.ts');
    expect(other.fingerprintProject('demo', [full])).not.toBe(fingerprint);
  });
});

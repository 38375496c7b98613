import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

// An HTTP client takes as long to load as all the rest of an upload to a folder, and 40 MB.

/** Every file and package that a file loads at once, through whatever it imports; not what it imports for types or later. */
function loadedBy(file: URL, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file.href)) return loaded;
  loaded.add(file.href);
  const statement = /^(?:import|export) (?!type\b)(?:[^;]*? from )?'([^']+)';/gms;
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(statement)) {
    if (name.startsWith('.')) loadedBy(new URL(name, file), loaded);
    else loaded.add(name);
  }
  return loaded;
}

const flow = (name: string) => new URL(`../../src/flows/${name}.ts`, import.meta.url);

describe('what is loaded at once', () => {
  it.each(['upload', 'index-container', 'prune', 'yank'])('by %s holds no HTTP client', (name) => {
    expect([...loadedBy(flow(name))]).not.toContain('undici');
  });

  it('is found, as by fetch', () => {
    expect([...loadedBy(flow('fetch'))]).toContain('undici');
  });
});

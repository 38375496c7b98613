import { specifierFlaw } from '../model/specifier.ts';

/** What is known of a requirement such as `numpy[extra]>=1.20; python_version < "3.11"` without its marker. */
interface RequirementShape {
  readonly name: string;
  /** The URL of `name @ URL`. */
  readonly url?: string;
  readonly flaw?: string;
}

/** Reads a PEP 508 requirement as far as a registry judges it; undefined when not even the name can be read. */
export function readRequirement(text: string): RequirementShape | undefined {
  const match = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)$/s.exec(text);
  const [, name, extras = '', rest = ''] = match ?? [];
  if (name === undefined) return undefined;
  if (rest.startsWith('@')) return { name, url: rest.slice(1).trim() };
  if (!/^[\w.,\s-]*$/.test(extras)) return { name, flaw: `[${extras}] is no list of extras` };
  const [versions = ''] = rest.split(';', 1);
  const flaw = specifierFlaw(versions.trim().replace(/^\((.*)\)$/s, '$1'));
  return flaw === undefined ? { name } : { name, flaw };
}

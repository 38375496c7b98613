import { specifierFlaw } from '../../model/specifier.ts';
import { markerFlaw } from './marker-syntax.ts';

/** What is known of a requirement such as `numpy[extra]>=1.20; python_version < "3.11"`. */
interface RequirementShape {
  readonly name: string;
  /** The URL of `name @ URL`. */
  readonly url?: string;
  readonly flaw?: string;
}

/** Of a project or an extra; a `_` at its end is none of PEP 508's, but `packaging` takes it, and so does PyPI. */
const identifier = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?';
const requirement = new RegExp(`^\\s*(${identifier})\\s*(?:\\[([^\\]]*)\\])?\\s*(.*)$`, 's');
const extraName = new RegExp(`^\\s*${identifier}\\s*$`);

/** Reads a PEP 508 requirement as far as a registry judges it; undefined when not even the name can be read. */
export function readRequirement(text: string): RequirementShape | undefined {
  const [, name, extras = '', rest = ''] = requirement.exec(text) ?? [];
  if (name === undefined) return undefined;
  if (rest.startsWith('@')) return { name, url: rest.slice(1).trim() };
  if (extras.trim() !== '' && !extras.split(',').every((extra) => extraName.test(extra)))
    return { name, flaw: `[${extras}] is no list of extras` };
  const semicolon = rest.indexOf(';');
  const versions = semicolon === -1 ? rest : rest.slice(0, semicolon);
  const marker = semicolon === -1 ? undefined : markerFlaw(rest.slice(semicolon + 1));
  const flaw =
    specifierFlaw(versions.trim().replace(/^\((.*)\)$/s, '$1')) ??
    (marker === undefined ? undefined : `its marker is none: ${marker}`);
  return flaw === undefined ? { name } : { name, flaw };
}

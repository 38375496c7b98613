import { normalizeVersion } from '../model/version.ts';

/** Why a version specifier such as `>=3.9,<4` is not one by PEP 440; undefined for a good one. */
export function specifierFlaw(text: string): string | undefined {
  // Like packaging, let stray commas pass.
  const clauses = text.split(',').map((clause) => clause.trim());
  return clauses
    .filter((clause) => clause !== '')
    .map(clauseFlaw)
    .find((flaw) => flaw !== undefined);
}

function clauseFlaw(clause: string): string | undefined {
  const match = /^(~=|===|==|!=|<=|>=|<|>)\s*(?!=)(\S+)$/.exec(clause);
  const [, operator, version] = match ?? [];
  if (operator === undefined || version === undefined) return `${clause} is no version clause`;
  if (operator === '===') return undefined;
  const exact = operator === '==' || operator === '!=';
  const bare = exact ? version.replace(/\.\*$/, '') : version;
  if (bare.endsWith('*')) return `${clause} has a wildcard, which only == and != take`;
  if (normalizeVersion(bare) === undefined) return `${bare} is no version`;
  if (!exact && bare.includes('+')) return `${clause} has a local version, which only == and != take`;
  if (operator === '~=' && !/^v?(?:\d+!)?\d+\.\d/i.test(bare))
    return `${clause} needs at least two numbers after ~=`;
  return undefined;
}

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

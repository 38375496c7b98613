import type { Parsed } from './parsed.ts';
import { compareVersions, isPreRelease, normalizeVersion } from './version.ts';

/** A version in the parts that PEP 440 compares by itself. */
interface Parts {
  readonly normalized: string;
  readonly epoch: string;
  readonly release: readonly string[];
  /** Everything after the release, without the local part: `rc1.post2.dev3`. */
  readonly suffix: string;
  readonly local: string | undefined;
}

interface Clause {
  readonly operator: string;
  readonly version: string;
  /** `== 1.2.*`. */
  readonly prefix: boolean;
  /** Of the version; `===` takes what is none, too. */
  readonly parts: Parts | undefined;
}

/**
 * Whether a version is one that a specifier such as `>=1.20,<2` asks for (PEP 440). As in pip, pre-releases and dev
 * versions only count if the specifier names one itself (`>=2.0rc1`). A clause that is none matches nothing.
 */
export function satisfies(version: string, specifier: string): boolean {
  const parts = readParts(version);
  if (parts === undefined) return false;
  const clauses = clausesOf(specifier).map(readClause);
  const takesEarly = clauses.some(
    (clause) => clause.ok && clause.value.operator !== '!=' && isPreRelease(clause.value.version),
  );
  if (isPreRelease(version) && !takesEarly) return false;
  return clauses.every((clause) => clause.ok && matches(parts, clause.value));
}

/** Why a version specifier such as `>=3.9,<4` is not one by PEP 440; undefined for a good one. */
export function specifierFlaw(specifier: string): string | undefined {
  const flawed = clausesOf(specifier)
    .map(readClause)
    .find((clause) => !clause.ok);
  return flawed?.reason;
}

/** Like packaging, lets stray commas pass. */
function clausesOf(specifier: string): string[] {
  return specifier
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');
}

function readClause(text: string): Parsed<Clause> {
  const [, operator, written] = /^(~=|===|==|!=|<=|>=|<|>)\s*(?!=)(\S+)$/.exec(text) ?? [];
  if (operator === undefined || written === undefined) return refuse(`${text} is no version clause`);
  const prefix = isExact(operator) && written.endsWith('.*');
  const version = prefix ? written.slice(0, -2) : written;
  const parts = readParts(version);
  const clause: Parsed<Clause> = { ok: true, value: { operator, version, prefix, parts } };
  if (operator === '===') return clause;
  if (version.endsWith('*')) return refuse(`${text} has a wildcard, which only == and != take`);
  if (parts === undefined) return refuse(`${version} is no version`);
  const { release, suffix, local } = parts;
  if (prefix && (suffix !== '' || local !== undefined))
    return refuse(`${text} has a wildcard, which only numbers take, as in 1.2.*`);
  if (local !== undefined && !isExact(operator))
    return refuse(`${text} has a local version, which only == and != take`);
  if (operator === '~=' && release.length < 2) return refuse(`${text} needs at least two numbers after ~=`);
  return clause;
}

function refuse(reason: string): Parsed<never> {
  return { ok: false, reason };
}

function isExact(operator: string): boolean {
  return operator === '==' || operator === '!=';
}

function matches(version: Parts, { operator, version: written, prefix, parts: wanted }: Clause): boolean {
  if (operator === '===') return version.normalized === written.toLowerCase();
  if (wanted === undefined) return false;
  const order = compareVersions(publicOf(version), wanted.normalized);
  switch (operator) {
    case '==':
      return prefix ? startsWith(version, wanted) : isEqual(version, wanted);
    case '!=':
      return !(prefix ? startsWith(version, wanted) : isEqual(version, wanted));
    case '~=':
      return order >= 0 && startsWith(version, { ...wanted, release: wanted.release.slice(0, -1) });
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
    case '<':
      // `<2.0` leaves 2.0rc1 out, unless it is `<2.0rc2`.
      return (
        order < 0 &&
        (isPreRelease(written) || !isPreRelease(version.normalized) || !sameRelease(version, wanted))
      );
    default:
      // `>1.7` leaves 1.7.post1 out, as `>1.7rc1` does 1.7rc1.post1; and no local version is newer than its public one.
      return order > 0 && compareVersions(withoutPost(version), wanted.normalized) !== 0;
  }
}

function readParts(version: string): Parts | undefined {
  const normalized = normalizeVersion(version);
  const [, epoch = '0', release = '', suffix = '', local] =
    /^(?:(\d+)!)?(\d+(?:\.\d+)*)\.?([^+]*)(?:\+(.*))?$/.exec(normalized ?? '') ?? [];
  if (normalized === undefined || release === '') return undefined;
  return { normalized, epoch, release: release.split('.'), suffix, local };
}

function publicOf({ normalized }: Parts): string {
  return normalized.split('+', 1)[0] ?? '';
}

/** A specifier without a local part means every local version of it. */
function isEqual(version: Parts, wanted: Parts): boolean {
  const compared = wanted.local === undefined ? publicOf(version) : version.normalized;
  return compareVersions(compared, wanted.normalized) === 0;
}

function startsWith(version: Parts, wanted: Parts): boolean {
  return (
    version.epoch === wanted.epoch && wanted.release.every((part, i) => (version.release[i] ?? '0') === part)
  );
}

function sameRelease(a: Parts, b: Parts): boolean {
  return compareVersions(`${a.epoch}!${a.release.join('.')}`, `${b.epoch}!${b.release.join('.')}`) === 0;
}

/** The version that a post-release is one of; every other as it is. */
function withoutPost(version: Parts): string {
  return publicOf(version).replace(/\.post.*$/, '');
}

import { archiveRules } from './archive-rules.ts';
import { licenseRules } from './license-rules.ts';
import { metadataRules } from './metadata-rules.ts';
import { nameRules } from './name-rules.ts';
import { findReleaseProblems } from './release-rules.ts';
import type { Candidate, Problem, Rule, RuleSet } from './rule.ts';

/** Every rule about a single file. Those about files together are in release-rules.ts. */
export const rules: readonly Rule[] = [...nameRules, ...archiveRules, ...metadataRules, ...licenseRules];

export interface FindOptions {
  /** Which registry's rules hold, besides those of every index; `all` for every registry's. */
  readonly rules: RuleSet | 'all';
  /** Files of several projects or versions are meant. */
  readonly allProjects?: boolean;
}

/** All problems of all files together, in the files' order; a problem of one never hides another. */
export function findProblems(
  candidates: readonly Candidate[],
  { rules: registry, allProjects = false }: FindOptions,
): Problem[] {
  const holds = (ruleSet: RuleSet) => ruleSet === 'any' || registry === 'all' || ruleSet === registry;
  const single = candidates.flatMap((candidate) =>
    rules
      .filter((rule) => holds(rule.registry))
      .flatMap((rule) => rule.check(candidate).map((message) => problemOf(candidate, rule, message))),
  );
  return [
    ...single,
    ...findReleaseProblems(candidates, allProjects).filter((problem) => holds(problem.registry)),
  ];
}

function problemOf(
  { filename }: Candidate,
  { name, registry, severity = 'error' }: Rule,
  message: string,
): Problem {
  return { filename, rule: name, message, severity, registry };
}

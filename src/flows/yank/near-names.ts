import { parseDistributionFilename } from '../../model/filename.ts';
import { normalizeName } from '../../model/name.ts';

/** The names that a mistyped file name may have meant, nearest first: of its project if that is there, else of any. */
export function nearNames(typed: string, names: Iterable<string>, most = 3): string[] {
  const all = [...names];
  const ofProject = all.filter((name) => projectOf(name) === projectOf(typed));
  const pool = ofProject.length > 0 ? ofProject : all;
  const farthest = ofProject.length > 0 ? Infinity : Math.ceil(typed.length / 4);
  return pool
    .map((name) => ({ name, distance: editDistance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

/** Of a name that cannot be read, what stands before the first dash: a typed one need not be right in the rest. */
function projectOf(name: string): string {
  const parsed = parseDistributionFilename(name);
  return normalizeName(parsed.ok ? parsed.value.project : (name.split('-', 1)[0] ?? ''));
}

/** How many characters must be put in, taken out or replaced. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

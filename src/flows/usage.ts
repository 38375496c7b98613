import { WheelhouseError } from '../model/errors.ts';
import { isProjectName } from '../model/name.ts';

/** Throws for what is no project's name; who writes a requirement as for pip learns where its version goes. */
export function checkProjectName(project: string, versionFlag: '--version' | '--versions'): void {
  if (isProjectName(project)) return;
  // Not repeated: it may hold a password.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(project))
    throw usage('a URL is no name of a project', "the project's name comes first, the indexes behind it");
  const [, name] = /^([a-z0-9][a-z0-9._-]*)\s*[[=<>~!]/i.exec(project) ?? [];
  const hint = name === undefined ? 'such as: numpy' : `give ${name}, and its version with ${versionFlag}`;
  throw usage(`${project} is no name of a project`, hint);
}

export function checkMaxWorkers(maxWorkers: number): void {
  if (!Number.isInteger(maxWorkers) || maxWorkers < 1)
    throw usage(`${maxWorkers} is no number of workers`, 'give 1 or more');
}

export function checkKeepDev(keepDev: number): void {
  if (!Number.isInteger(keepDev) || keepDev < 1)
    throw usage(
      `${keepDev} is no number of dev builds to keep`,
      'give 1 or more: the last build of a tag set is never taken away',
    );
}

/** The error of an option that cannot be meant. */
export function usage(message: string, hint: string): WheelhouseError {
  return new WheelhouseError('USAGE', message, { hint });
}

import { WheelhouseError } from '../model/errors.ts';
import { isProjectName } from '../model/name.ts';

/** Refuses what is no project's name, as `USAGE`; who writes a requirement as for pip learns where its version goes. */
export function checkProjectName(project: string, versionFlag: '--version' | '--versions'): void {
  if (isProjectName(project)) return;
  const usage = (message: string, hint: string) => new WheelhouseError('USAGE', message, { hint });
  // Not repeated: it may hold a password.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(project))
    throw usage('a URL is no name of a project', "the project's name comes first, the indexes behind it");
  const [, name] = /^([a-z0-9][a-z0-9._-]*)\s*[[=<>~!]/i.exec(project) ?? [];
  const hint = name === undefined ? 'such as: numpy' : `give ${name}, and its version with ${versionFlag}`;
  throw usage(`${project} is no name of a project`, hint);
}

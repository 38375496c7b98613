import { readProjectConfig } from '../config/project-files.ts';
import { variableOf } from '../config/settings.ts';
import { checkProjectName } from '../flows/usage.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { Session } from './session.ts';

interface Asked {
  readonly project: string | undefined;
  readonly version: string | undefined;
  readonly indexes: readonly string[];
}

interface Release {
  readonly project: string;
  readonly version: string | undefined;
  readonly indexes: readonly string[];
}

/**
 * Which release is meant: what was typed, else what the environment and the checkout say. A project that is typed
 * means all its versions; the checkout's own project means its own version, as in the original.
 */
export async function chooseRelease(
  asked: Asked,
  { environment, folder }: Pick<Session, 'environment' | 'folder'>,
): Promise<Release> {
  const { project, version } = asked;
  if (project !== undefined) checkProjectName(project, '--version');
  if (project !== undefined && asked.indexes.length > 0) return { project, version, indexes: asked.indexes };
  const config = await readProjectConfig(folder);
  const set = environment[variableOf('artifact-indexes')]?.split(/\s+/).filter((index) => index !== '') ?? [];
  const indexes = [asked.indexes, set, config.artifactIndexes ?? []].find(({ length }) => length > 0) ?? [];
  if (indexes.length === 0) {
    throw new WheelhouseError('USAGE', 'no index given', {
      hint: 'name one after the project, or list artifact_indexes in [wheelhouse_uploader] of setup.cfg or artifact-indexes in [tool.wheelhouse-uploader] of pyproject.toml',
    });
  }
  if (project !== undefined) return { project, version, indexes };
  if (config.name === undefined) {
    throw new WheelhouseError(
      'USAGE',
      'no project given, and this folder has no pyproject.toml, setup.cfg or PKG-INFO that names one',
      { hint: 'wheelhouse fetch PROJECT INDEX…' },
    );
  }
  const own = version ?? config.version;
  if (own === undefined) {
    throw new WheelhouseError('CONFIG', `the version of ${config.name} is dynamic: its build computes it`, {
      hint: 'give it with --version',
    });
  }
  return { project: config.name, version: own, indexes };
}

/** How many dev builds stay: what was said, else what the checkout in `folder` says, else five, as in the original. */
export async function chooseKeepDev(said: number | undefined, folder: string): Promise<number> {
  return said ?? (await readProjectConfig(folder)).keepDev ?? 5;
}

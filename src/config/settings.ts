import type { Setting } from '../model/events.ts';
import type { ProjectConfig, ProjectSettings } from './project-settings.ts';

export interface SettingSources {
  /** What was typed, by the names of the flags. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly project: ProjectConfig;
}

interface KnownSetting {
  readonly name: string;
  /** The project's own setting of that meaning. */
  readonly project?: keyof ProjectSettings;
  readonly fallback?: string;
  readonly secret?: true;
  /** Only the project's files and flags say it. */
  readonly noVariable?: true;
  /** One of another tool, which counts after this tool's own. */
  readonly variable?: string;
}

/** Every setting that can come from elsewhere than a flag, in the order in which people look for them. */
export const knownSettings: readonly KnownSetting[] = [
  { name: 'project', project: 'name', noVariable: true },
  { name: 'version', project: 'version' },
  { name: 'artifact-indexes', project: 'artifactIndexes' },
  { name: 'local-folder', fallback: 'dist' },
  { name: 'max-workers', fallback: '4, to publish 8 to 24' },
  { name: 'container', project: 'container' },
  { name: 'provider', fallback: 'CLOUDFILES' },
  { name: 'username' },
  { name: 'secret', secret: true },
  { name: 'region' },
  { name: 'endpoint' },
  { name: 'timeout' },
  { name: 'on-conflict', fallback: 'overwrite for dev builds, error for the rest' },
  { name: 'layout', fallback: 'all' },
  { name: 'keep-dev', project: 'keepDev', fallback: '5' },
  { name: 'repository', project: 'repository', fallback: 'pypi', variable: 'TWINE_REPOSITORY' },
  { name: 'repository-url', variable: 'TWINE_REPOSITORY_URL' },
  { name: 'config-file', fallback: '~/.pypirc' },
  { name: 'check-url' },
  { name: 'trusted-publishing', fallback: 'auto' },
  { name: 'expect', project: 'expect' },
];

/** The variable of a setting: `max-workers` is `WHEELHOUSE_UPLOADER_MAX_WORKERS`. */
export function variableOf(name: string): string {
  return `WHEELHOUSE_UPLOADER_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** Each setting from the first source that says it: flag, environment, file, default. */
export function resolveSettings({ flags, environment, project }: SettingSources): Setting[] {
  return knownSettings.map((known) => {
    const { name, fallback } = known;
    const show = (value: string) => (known.secret === true ? '***' : withoutUserInfo(value));
    const flag = flags[name];
    if (said(flag)) return { name, value: show(flag), origin: 'flag', from: `--${name}` };
    for (const variable of variablesOf(known)) {
      const set = environment[variable];
      if (said(set)) return { name, value: show(set), origin: 'environment', from: variable };
    }
    const file = known.project === undefined ? undefined : textOf(project[known.project]);
    const from = known.project === undefined ? undefined : project.origins[known.project];
    if (said(file)) return { name, value: show(file), origin: 'file', from };
    return fallback === undefined
      ? { name, value: null, origin: 'unset' }
      : { name, value: fallback, origin: 'default' };
  });
}

function variablesOf({ name, noVariable, variable }: KnownSetting): string[] {
  if (noVariable === true) return [];
  return [variableOf(name), ...(variable === undefined ? [] : [variable])];
}

function said(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function textOf(value: ProjectSettings[keyof ProjectSettings]): string | undefined {
  if (value === undefined || typeof value === 'boolean') return undefined;
  return typeof value === 'object' ? value.join(' ') : String(value);
}

/** URLs among the values, each without the user name and password that it may carry. */
function withoutUserInfo(value: string): string {
  return value.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1***@');
}

import { reasonOf, WheelhouseError } from '../model/errors.ts';
import type { ProjectSettings } from './project-settings.ts';
import { statedVersion } from './stated-version.ts';

type Table = Readonly<Record<string, unknown>>;

/**
 * What a pyproject.toml says: `[project]`, else `[tool.poetry]`, for name and version, and
 * `[tool.wheelhouse-uploader]`. Throws `CONFIG` with the number of the line or the name of the setting.
 */
export async function readPyproject(text: string): Promise<ProjectSettings> {
  const document = await parseToml(text);
  const project = tableAt(document, 'project');
  const tool = tableAt(document, 'tool');
  const poetry = tableAt(tool, 'poetry');
  return {
    name: stringAt(project, 'name') ?? stringAt(poetry, 'name'),
    ...versionOf(project, poetry, tableAt(tool, 'poetry-dynamic-versioning')),
    ...ownSettings(tableAt(tool, 'wheelhouse-uploader')),
  };
}

/** Poetry 2 keeps the version that `[project]` calls dynamic in its own table; its plug-in leaves a placeholder there. */
function versionOf(project: Table, poetry: Table, poetryPlugin: Table): ProjectSettings {
  const dynamic = project['dynamic'];
  const stated = statedVersion(stringAt(project, 'version') ?? stringAt(poetry, 'version'));
  if (poetryPlugin['enable'] === true && project['version'] === undefined) return { dynamicVersion: true };
  if (stated.version === undefined && Array.isArray(dynamic) && dynamic.includes('version')) {
    return { dynamicVersion: true };
  }
  return stated;
}

const settings = ['artifact-indexes', 'container', 'repository', 'expect', 'keep-dev'];

function ownSettings(table: Table): ProjectSettings {
  const unknown = Object.keys(table).find((key) => !settings.includes(key));
  if (unknown !== undefined) {
    throw new WheelhouseError('CONFIG', `there is no setting "${unknown}" in [tool.wheelhouse-uploader]`, {
      hint: `the settings are ${settings.join(', ')}`,
    });
  }
  return {
    artifactIndexes: stringsAt(table, 'artifact-indexes'),
    container: stringAt(table, 'container'),
    repository: stringAt(table, 'repository'),
    expect: stringsAt(table, 'expect'),
    keepDev: countAt(table, 'keep-dev'),
  };
}

async function parseToml(text: string): Promise<Table> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    // A large integer of another tool's table is no reason to refuse the file.
    return parse(text.replace(/^\uFEFF/, ''), { integersAsBigInt: 'asNeeded' });
  } catch (thrown) {
    // Not as the cause: it carries the lines around the fault, and the first line of its message is enough.
    const why = reasonOf(thrown).replace('Invalid TOML document: ', '');
    const where = thrown instanceof TomlError ? `line ${thrown.line}: ` : '';
    throw new WheelhouseError('CONFIG', `${where}${why}`);
  }
}

function tableAt(table: Table, key: string): Table {
  const value = table[key];
  return isTable(value) ? value : {};
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined where it is missing or empty. */
function stringAt(table: Table, key: string): string | undefined {
  const value = table[key];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new WheelhouseError('CONFIG', `"${key}" must be a string`);
  return value;
}

/** A list of strings, or one string as a list of one. Undefined where it is missing or empty. */
function stringsAt(table: Table, key: string): readonly string[] | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string')) {
    throw new WheelhouseError('CONFIG', `"${key}" must be a string or a list of strings`);
  }
  const given = list.map((item) => item.trim()).filter((item) => item !== '');
  return given.length === 0 ? undefined : given;
}

function countAt(table: Table, key: string): number | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new WheelhouseError('CONFIG', `"${key}" must be a whole number, 1 or more`);
  }
  return value;
}

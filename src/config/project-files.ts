import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, reasonOf, WheelhouseError } from '../model/errors.ts';
import { parseMetadata, presentFields } from '../model/metadata.ts';
import type { ProjectConfig, ProjectSettings } from './project-settings.ts';
import { readPyproject } from './pyproject.ts';
import { readSetupCfg } from './setup-cfg.ts';
import { statedVersion } from './stated-version.ts';

/** A project's files, the one that counts most first. */
const files: readonly {
  filename: string;
  read: (text: string) => ProjectSettings | Promise<ProjectSettings>;
}[] = [
  { filename: 'pyproject.toml', read: readPyproject },
  { filename: 'setup.cfg', read: readSetupCfg },
  { filename: 'PKG-INFO', read: readPackageInfo },
];

/**
 * What the project in `folder` says of itself; files that are missing say nothing. Throws `CONFIG` for a file that
 * cannot be read, with its name and line.
 */
export async function readProjectConfig(folder: string): Promise<ProjectConfig> {
  const found: { filename: string; settings: ProjectSettings }[] = [];
  for (const { filename, read } of files) {
    const text = await readIfThere(join(folder, filename), filename);
    if (text === undefined) continue;
    try {
      found.push({ filename, settings: await read(text) });
    } catch (thrown) {
      throw inFile(filename, thrown);
    }
  }
  return mergeSettings(found);
}

/**
 * Each setting from the first file that has it. A version that one file calls dynamic may be stated by the next: so
 * setuptools does with setup.cfg, and in an unpacked sdist PKG-INFO has the version that was built.
 */
export function mergeSettings(
  found: readonly { readonly filename: string; readonly settings: ProjectSettings }[],
): ProjectConfig {
  const merged: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const { filename, settings } of found) {
    for (const [setting, value] of Object.entries(settings)) {
      if (value === undefined || Object.hasOwn(merged, setting)) continue;
      merged[setting] = value;
      origins[setting] = filename;
    }
  }
  if (Object.hasOwn(merged, 'version')) {
    delete merged['dynamicVersion'];
    delete origins['dynamicVersion'];
  }
  return { ...merged, origins };
}

function readPackageInfo(text: string): ProjectSettings {
  const { name, version } = presentFields(parseMetadata(text));
  return { name, ...statedVersion(version) };
}

async function readIfThere(path: string, filename: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new WheelhouseError('CONFIG', `${filename} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

function inFile(filename: string, thrown: unknown): WheelhouseError {
  if (!(thrown instanceof WheelhouseError)) {
    return new WheelhouseError('CONFIG', `${filename} cannot be read`, { cause: thrown });
  }
  const { message, hint } = thrown;
  return new WheelhouseError('CONFIG', `${filename}: ${message}`, { hint });
}

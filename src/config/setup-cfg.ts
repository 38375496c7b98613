import { parseIni, type IniSection } from '../model/ini.ts';
import type { ProjectSettings } from './project-settings.ts';
import { statedVersion } from './stated-version.ts';

/**
 * What a setup.cfg says: `[metadata] name` and `version`, and the original's `[wheelhouse_uploader] artifact_indexes`.
 * Throws `CONFIG` with the number of the line.
 */
export function readSetupCfg(text: string): ProjectSettings {
  const { sections } = parseIni(text);
  const metadata = sections['metadata'];
  const { name = '', version } = metadata ?? {};
  const indexes = listIndexes(sections['wheelhouse_uploader']);
  return {
    name: name === '' ? undefined : name,
    ...versionFrom(version),
    artifactIndexes: indexes.length === 0 ? undefined : indexes,
  };
}

/** `attr: package.__version__` and `file: VERSION` say where the build finds the version, not what it is. */
function versionFrom(version: string | undefined): ProjectSettings {
  return /^(?:attr|file)\s*:/.test(version ?? '') ? { dynamicVersion: true } : statedVersion(version);
}

function listIndexes(section: IniSection | undefined): string[] {
  const value = section?.['artifact_indexes'] ?? section?.['artifact-indexes'] ?? '';
  return value
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map(unescapePercent);
}

/** The original read the file with interpolation, so a `%` of a URL had to be written twice; no URL holds `%%`. */
function unescapePercent(url: string): string {
  return url.replaceAll('%%', '%');
}

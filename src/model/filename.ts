import type { Distribution, SourceDistribution, Wheel, WindowsInstaller } from './artifact.ts';
import type { Parsed } from './parsed.ts';
import { normalizeVersion } from './version.ts';

/** Longest name that ext4, NTFS and APFS all take, in UTF-8 bytes. */
const maxNameBytes = 255;

/** Names that Windows gives to devices, whatever the extension (`nul.whl`), superscript digits included. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i;

/** Separators, what NTFS refuses or takes for a stream, control and invisible characters, lone surrogates. */
const unsafeCharacter = /[/\\<>:"|?*\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Whether `name` can be joined to a folder on every system and stays one file in it: no path, device or dot file. */
export function isPlainFilename(name: string): boolean {
  return (
    name !== '' &&
    name.length <= maxNameBytes &&
    Buffer.byteLength(name, 'utf8') <= maxNameBytes &&
    !unsafeCharacter.test(name) &&
    !name.startsWith('.') &&
    !/[. ]$/.test(name) && // Windows drops them, and so would write another file
    !deviceName.test(name)
  );
}

/** A container's listing has a name as an artifact, with a sidecar, and in `metadata.json`. Emptied when full. */
const known = new Map<string, Parsed<Distribution>>();
const maxKnown = 12_000;

/** What a distribution's file name says: wheels, sdists and the `.exe` of `bdist_wininst`; else why it says nothing. */
export function parseDistributionFilename(filename: string): Parsed<Distribution> {
  const before = known.get(filename);
  if (before !== undefined) return before;
  const parsed = parseFilename(filename);
  if (known.size >= maxKnown) known.clear();
  if (parsed.ok) known.set(filename, parsed);
  return parsed;
}

function parseFilename(filename: string): Parsed<Distribution> {
  if (!isPlainFilename(filename)) return refuse('not a plain file name');
  for (const [extension, parse] of kinds) {
    if (filename.endsWith(extension)) return parse(filename.slice(0, -extension.length));
  }
  return refuse('not a wheel (.whl), sdist (.tar.gz, .zip) or Windows installer (.exe)');
}

const kinds: readonly (readonly [extension: string, parse: (stem: string) => Parsed<Distribution>])[] = [
  ['.whl', parseWheelStem],
  ['.tar.gz', parseSdistStem],
  ['.zip', parseSdistStem],
  ['.exe', parseInstallerStem],
];

/** As in `packaging`: letters of any alphabet; but only ASCII digits, because the others look like them. */
const wheelProject = /^(?=.*[\p{L}0-9])[\p{L}\p{M}0-9_.]+$/u;
const sdistProject = /^[\p{L}0-9_](?:[\p{L}\p{M}0-9_.-]*[\p{L}\p{M}0-9_])?$/u;

function parseWheelStem(stem: string): Parsed<Wheel> {
  const parts = stem.split('-');
  if (parts.length !== 5 && parts.length !== 6) {
    return refuse(`a wheel's name has 5 or 6 parts between dashes, this one ${parts.length}`);
  }
  const [project = '', rawVersion = ''] = parts;
  const [pythons = '', abis = '', platforms = ''] = parts.slice(-3);
  const build = parts.length === 6 ? parts[2] : undefined;
  // PEP 427 escapes runs of other characters as one underscore, so two of them are a sign of a forged name.
  if (!wheelProject.test(project) || project.includes('__')) return refuse('its project name is not valid');
  const version = versionIn(rawVersion);
  if (version === undefined) return refuse('its version is not valid (PEP 440)');
  if (build !== undefined && !/^[0-9][A-Za-z0-9_.]*$/.test(build)) {
    return refuse('its build tag does not begin with a digit');
  }
  const [pythonTags, abiTags, platformTags] = [tagsIn(pythons), tagsIn(abis), tagsIn(platforms)];
  if (!pythonTags.every((tag) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(tag))) {
    return refuse('its Python tag is not valid');
  }
  if (!abiTags.every(isTag)) return refuse('its ABI tag is not valid');
  if (!platformTags.every(isTag)) return refuse('its platform tag is not valid');
  const wheel: Wheel = { kind: 'wheel', project, version, pythonTags, abiTags, platformTags };
  return { ok: true, value: build === undefined ? wheel : { ...wheel, build } };
}

/** Of 100,000 wheels most have the tags of another: they share one array. Emptied when full. */
const knownTags = new Map<string, readonly string[]>();
const maxKnownTags = 1000;

function tagsIn(compressed: string): readonly string[] {
  const before = knownTags.get(compressed);
  if (before !== undefined) return before;
  if (knownTags.size >= maxKnownTags) knownTags.clear();
  const tags = Object.freeze(compressed.split('.'));
  knownTags.set(compressed, tags);
  return tags;
}

function parseSdistStem(stem: string): Parsed<SourceDistribution> {
  const split = splitProject(stem);
  return split.ok ? { ok: true, value: { kind: 'sdist', ...split.value } } : split;
}

function parseInstallerStem(stem: string): Parsed<WindowsInstaller> {
  const match = /^(.+)\.(win32|win-[a-z0-9]+)(?:-py([0-9]+(?:\.[0-9]+)?))?$/.exec(stem);
  if (match === null) return refuse('an .exe that bdist_wininst did not name');
  const [, nameAndVersion = '', platform = '', python] = match;
  const split = splitProject(nameAndVersion);
  if (!split.ok) return split;
  return {
    ok: true,
    value: {
      kind: 'wininst',
      ...split.value,
      pythonTags: python === undefined ? [] : [`py${python.replace('.', '')}`],
      platformTags: [platform.replace('-', '_')],
    },
  };
}

/**
 * Splits at the last dash whose right side is a version. So `foo-1.0-1` is version 1 of `foo-1.0`, as `packaging`
 * says: a PEP 625 version has no dash, and without knowing the project `1.0-1` cannot be told from it. Versions that
 * `packaging` then refuses (`foo-1.0-beta`) are read as they were meant.
 */
function splitProject(stem: string): Parsed<{ project: string; version: string }> {
  for (let dash = stem.lastIndexOf('-'); dash > 0; dash = stem.lastIndexOf('-', dash - 1)) {
    const version = versionIn(stem.slice(dash + 1));
    if (version === undefined) continue;
    const project = stem.slice(0, dash);
    return sdistProject.test(project)
      ? { ok: true, value: { project, version } }
      : refuse('its project name is not valid');
  }
  return refuse('it does not end in a dash and a valid version (PEP 440)');
}

/** File names have no place for the blanks that a version may have around it elsewhere. */
function versionIn(text: string): string | undefined {
  return /\s/.test(text) ? undefined : normalizeVersion(text);
}

function isTag(tag: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(tag);
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

import type { Distribution } from '../model/artifact.ts';

/** A platform tag with the version of the system that it needs at least. */
export interface Platform {
  readonly system: 'manylinux' | 'musllinux' | 'macosx' | 'ios' | 'android' | 'other';
  /** On Android the API level, without a minor version. */
  readonly major: number;
  readonly minor: number;
  /** Processor, on iOS with its SDK (`arm64_iphoneos`); for `other` the whole tag. */
  readonly architecture: string;
}

/** The tags before PEP 600 and the C libraries they stand for. */
const legacyGlibc: Readonly<Record<string, number>> = { '1': 5, '2010': 12, '2014': 17 };

/** What a platform tag means; every tag means something, if only itself. */
export function parsePlatformTag(tag: string): Platform {
  const legacy = /^manylinux(1|2010|2014)_(\w+)$/.exec(tag);
  if (legacy !== null) {
    const [, year = '', architecture = ''] = legacy;
    return { system: 'manylinux', major: 2, minor: legacyGlibc[year] ?? 0, architecture };
  }
  for (const [system, pattern] of versioned) {
    const { major, minor = '0', architecture = '' } = pattern.exec(tag)?.groups ?? {};
    if (major !== undefined) return { system, major: Number(major), minor: Number(minor), architecture };
  }
  return { system: 'other', major: 0, minor: 0, architecture: tag };
}

/** PEP 600, 656, 730, 738. */
const versioned: readonly (readonly [Platform['system'], RegExp])[] = [
  ['manylinux', /^manylinux_(?<major>\d+)_(?<minor>\d+)_(?<architecture>\w+)$/],
  ['musllinux', /^musllinux_(?<major>\d+)_(?<minor>\d+)_(?<architecture>\w+)$/],
  ['macosx', /^macosx_(?<major>\d+)_(?<minor>\d+)_(?<architecture>\w+)$/],
  ['ios', /^ios_(?<major>\d+)_(?<minor>\d+)_(?<architecture>\w+_iphone(?:os|simulator))$/],
  ['android', /^android_(?<major>\d+)_(?<architecture>\w+)$/],
];

/**
 * Whether a distribution is of use on a platform: sdists and pure wheels always; others for the platform itself or,
 * where the tag carries a version (glibc, musl, macOS, iOS, Android), for an earlier one of the same system and processor.
 */
export function runsOnPlatform(distribution: Distribution, tag: string): boolean {
  if (distribution.kind === 'sdist') return true;
  const platform = parsePlatformTag(tag.toLowerCase());
  return distribution.platformTags.some((own) => own === 'any' || loads(platform, parsePlatformTag(own)));
}

function loads(platform: Platform, built: Platform): boolean {
  if (built.system !== platform.system || !hasArchitecture(built, platform)) return false;
  return built.major < platform.major || (built.major === platform.major && built.minor <= platform.minor);
}

function hasArchitecture(built: Platform, { architecture }: Platform): boolean {
  if (built.architecture === architecture) return true;
  if (built.system !== 'macosx') return false;
  return fatArchitectures.get(built.architecture)?.includes(architecture) ?? false;
}

/** What the Mac's fat binaries hold. */
const fatArchitectures: ReadonlyMap<string, readonly string[]> = new Map([
  ['universal2', ['x86_64', 'arm64']],
  ['intel', ['i386', 'x86_64']],
  ['universal', ['i386', 'x86_64', 'ppc', 'ppc64']],
  ['fat', ['i386', 'ppc']],
  ['fat3', ['i386', 'x86_64', 'ppc']],
  ['fat32', ['i386', 'ppc']],
  ['fat64', ['x86_64', 'ppc64']],
]);

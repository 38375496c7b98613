import type { Distribution, Wheel } from '../model/artifact.ts';
import { parsePlatformTag, type Platform } from './platform.ts';
import { parsePythonTag } from './python.ts';

/** What a distribution is for, as people say it: `CPython 3.12, Linux x86-64 (glibc 2.28+)`, `any Python 3`, `source`. */
export function tagsInWords(distribution: Distribution): string {
  if (distribution.kind === 'sdist') return 'source';
  const pythons =
    distribution.kind === 'wheel' ? wheelPythons(distribution) : installerPythons(distribution.pythonTags);
  const platforms = platformsInWords(distribution.platformTags);
  const pure = distribution.kind === 'wheel' && distribution.abiTags.includes('none');
  const words = pure && platforms === 'any platform' ? [pythons] : [pythons, platforms];
  if (distribution.kind === 'wininst') words.unshift('Windows installer');
  else if (distribution.build !== undefined) words.push(`build ${distribution.build}`);
  return words.join(', ');
}

const implementations: ReadonlyMap<string, string> = new Map([
  ['cp', 'CPython'],
  ['pp', 'PyPy'],
  ['ip', 'IronPython'],
  ['jy', 'Jython'],
  ['graalpy', 'GraalPy'],
  ['py', 'Python'],
]);

function wheelPythons({ pythonTags, abiTags }: Wheel): string {
  const stable = abiTags.some((abi) => abi === 'abi3' || abi === 'abi3t');
  return (
    listPythons(pythonTags, stable) + (abiTags.some((abi) => /^cp3\d+t$/.test(abi)) ? ' free-threaded' : '')
  );
}

function installerPythons(pythonTags: readonly string[]): string {
  return pythonTags.length === 0 ? 'any Python' : listPythons(pythonTags, false);
}

function listPythons(tags: readonly string[], stableAbi: boolean): string {
  if (tags.includes('py2') && tags.includes('py3')) return 'any Python 2 or 3';
  return joinWords(tags.map((tag) => pythonInWords(tag, stableAbi)));
}

function pythonInWords(tag: string, stableAbi: boolean): string {
  const python = parsePythonTag(tag);
  const name = implementations.get(python?.implementation ?? '');
  if (python === undefined || name === undefined) return tag;
  if (python.minor === undefined) return `any ${name} ${python.major}`;
  const orLater = stableAbi || python.implementation === 'py' ? '+' : '';
  return `${name} ${python.major}.${python.minor}${orLater}`;
}

/** Tags of one wheel for one system and processor differ in the least version only: the least says it all. */
function platformsInWords(tags: readonly string[]): string {
  const least = new Map<string, Platform>();
  for (const platform of tags.map(parsePlatformTag)) {
    const key = `${platform.system} ${processor(platform)}`;
    const known = least.get(key);
    if (known === undefined || versionRank(platform) < versionRank(known)) least.set(key, platform);
  }
  return joinWords([...least.values()].map(platformInWords));
}

function versionRank({ major, minor }: Platform): number {
  return major * 1000 + minor;
}

function platformInWords(platform: Platform): string {
  const { system, major, minor, architecture } = platform;
  switch (system) {
    case 'manylinux':
      return `Linux ${processor(platform)} (glibc ${major}.${minor}+)`;
    case 'musllinux':
      return `Linux ${processor(platform)} (musl ${major}.${minor}+)`;
    case 'macosx':
      // From 11 on only the major version counts; the minor one is there for the form.
      return `macOS ${major >= 11 && minor === 0 ? major : `${major}.${minor}`}+ (${processor(platform)})`;
    case 'ios':
      return `iOS ${major}.${minor}+${architecture.endsWith('simulator') ? ' simulator' : ''}`;
    case 'android':
      return `Android ${processor(platform)} (API ${major}+)`;
    case 'other':
      return otherInWords(architecture);
  }
}

function processor({ system, architecture }: Platform): string {
  return (system === 'macosx' ? macProcessors : processors).get(architecture) ?? architecture;
}

const processors: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'x86-64'],
  ['amd64', 'x86-64'],
  ['i686', 'x86 32-bit'],
  ['i386', 'x86 32-bit'],
  ['aarch64', 'ARM64'],
  ['arm64', 'ARM64'],
  ['arm64_v8a', 'ARM64'],
  ['armv7l', 'ARMv7'],
  ['armv6l', 'ARMv6'],
  ['riscv64', 'RISC-V'],
  ['s390x', 'IBM Z'],
]);

const macProcessors: ReadonlyMap<string, string> = new Map([
  ['arm64', 'Apple silicon'],
  ['x86_64', 'Intel'],
  ['universal2', 'Apple silicon and Intel'],
  ['intel', 'Intel'],
]);

/** Tags without a version that the rules compare by; each pattern gives what follows the system's name. */
const otherSystems: readonly (readonly [RegExp, (...groups: string[]) => string])[] = [
  [/^any$/, () => 'any platform'],
  [/^win32$/, () => 'Windows 32-bit'],
  [/^win_(\w+)$/, (architecture = '') => `Windows ${processors.get(architecture) ?? architecture}`],
  [/^linux_(\w+)$/, (architecture = '') => `Linux ${processors.get(architecture) ?? architecture}`],
  [/^(?:pyodide|pyemscripten)_(\d+)_(\d+)_wasm32$/, (major, minor) => `Pyodide ${major}.${minor}`],
  [/^emscripten_(\d+)_(\d+)_(\d+)_wasm32$/, (...parts) => `Emscripten ${parts.slice(0, 3).join('.')}`],
];

function otherInWords(tag: string): string {
  for (const [pattern, say] of otherSystems) {
    const match = pattern.exec(tag);
    if (match !== null) return say(...match.slice(1));
  }
  return tag;
}

function joinWords(words: readonly string[]): string {
  return [...new Set(words)].join(' or ');
}

import type { Distribution, Wheel, WindowsInstaller } from '../model/artifact.ts';

/** `cp312`, `pp310`, `py3`, `cp313t`: an interpreter, its version, and whether it is the free-threaded build. */
const pythonTag = /^(?<implementation>[a-z]+?)_?(?<major>\d)_?(?<minor>\d*)(?<threads>t?)$/i;

interface Python {
  readonly implementation: string;
  readonly major: number;
  /** Undefined in `py3`: every minor version. The first digit alone is the major one: `cp310` is 3.10. */
  readonly minor?: number;
  readonly freeThreaded: boolean;
}

/** What a Python tag means; `3.12` means `cp312`. Undefined for what is no tag. */
export function parsePythonTag(tag: string): Python | undefined {
  const plain = /^\d/.test(tag) ? `cp${tag.replace('.', '')}` : tag;
  const { implementation = '', major, minor = '', threads } = pythonTag.exec(plain)?.groups ?? {};
  if (major === undefined) return undefined;
  return {
    implementation: implementation.toLowerCase(),
    major: Number(major),
    ...(minor === '' ? {} : { minor: Number(minor) }),
    freeThreaded: threads !== '',
  };
}

/**
 * Whether a distribution is of use to a Python: sdists always; wheels for exactly that Python, pure ones for this or
 * an earlier version (`py3`, `py38`), and those with CPython's stable ABI (`cp39-abi3`) from their version on.
 */
export function runsOnPython(distribution: Distribution, tag: string): boolean {
  if (distribution.kind === 'sdist') return true;
  const python = parsePythonTag(tag);
  if (distribution.kind === 'wininst') return fitsInstaller(distribution, python);
  if (python !== undefined && !fitsThreads(distribution, python)) return false;
  const stable = distribution.abiTags.some((abi) => abi === 'abi3' || abi === 'abi3t');
  return distribution.pythonTags.some((own) => own === tag || loads(python, own, stable));
}

function loads(python: Python | undefined, tag: string, stableAbi: boolean): boolean {
  const built = parsePythonTag(tag);
  if (python === undefined || built?.major !== python.major) return false;
  const { minor = 0 } = built;
  const earlier = python.minor === undefined || minor <= python.minor;
  if (built.implementation === 'py') return earlier;
  if (built.implementation !== python.implementation) return false;
  return built.minor === python.minor || (stableAbi && earlier);
}

/**
 * The free-threaded build has an ABI of its own, which no other loads, and does not load the other stable ABI
 * (PEP 703, PEP 803).
 */
function fitsThreads(
  { abiTags }: Wheel,
  { implementation, major, minor = 0, freeThreaded }: Python,
): boolean {
  if (!freeThreaded) return abiTags.some((abi) => !/^cp3\d+t$/.test(abi));
  const own = `${implementation}${major}${minor}t`;
  return abiTags.some((abi) => abi === own || abi === 'abi3t' || abi === 'none');
}

/** An installer without a tag holds pure Python. */
function fitsInstaller({ pythonTags }: WindowsInstaller, python: Python | undefined): boolean {
  if (pythonTags.length === 0) return true;
  const built = pythonTags.map(parsePythonTag);
  return built.some((own) => own?.major === python?.major && own?.minor === python?.minor);
}

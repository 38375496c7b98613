import { describe, expect, it } from 'vitest';
import { formatSize } from '../../src/listing/format-size.ts';
import { tagsInWords } from '../../src/listing/tags-in-words.ts';
import { indexedFile } from './indexed-file.ts';

describe('tagsInWords', () => {
  it.each([
    ['demo-1.0.tar.gz', 'source'],
    ['demo-1.0.win32-py2.7.exe', 'Windows installer, Python 2.7+, Windows 32-bit'],
    ['demo-1.0.win-amd64.exe', 'Windows installer, any Python, Windows x86-64'],
    ['demo-1.0-py3-none-any.whl', 'any Python 3'],
    ['demo-1.0-py2.py3-none-any.whl', 'any Python 2 or 3'],
    ['demo-1.0-py2-none-any.whl', 'any Python 2'],
    ['demo-1.0-py38-none-any.whl', 'Python 3.8+'],
    ['demo-1.0-7b-py3-none-any.whl', 'any Python 3, build 7b'],
    [
      'demo-1.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      'any Python 3, Linux x86-64 (glibc 2.17+)',
    ],
    ['demo-1.0-cp312-cp312-manylinux_2_28_x86_64.whl', 'CPython 3.12, Linux x86-64 (glibc 2.28+)'],
    [
      'demo-1.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl',
      'CPython 3.12, Linux x86-64 (glibc 2.27+)',
    ],
    ['demo-1.0-cp312-cp312-manylinux1_i686.whl', 'CPython 3.12, Linux x86 32-bit (glibc 2.5+)'],
    ['demo-1.0-cp312-cp312-musllinux_1_2_aarch64.whl', 'CPython 3.12, Linux ARM64 (musl 1.2+)'],
    ['demo-1.0-cp312-cp312-linux_x86_64.whl', 'CPython 3.12, Linux x86-64'],
    ['demo-1.0-cp312-cp312-macosx_11_0_arm64.whl', 'CPython 3.12, macOS 11+ (Apple silicon)'],
    ['demo-1.0-cp312-cp312-macosx_10_13_x86_64.whl', 'CPython 3.12, macOS 10.13+ (Intel)'],
    [
      'demo-1.0-cp312-cp312-macosx_10_9_universal2.whl',
      'CPython 3.12, macOS 10.9+ (Apple silicon and Intel)',
    ],
    [
      'demo-1.0-cp34-cp34m-macosx_10_6_intel.macosx_10_9_intel.macosx_10_9_x86_64.whl',
      'CPython 3.4, macOS 10.6+ (Intel)',
    ],
    ['demo-1.0-cp312-cp312-win_arm64.whl', 'CPython 3.12, Windows ARM64'],
    ['demo-1.0-cp312-none-any.whl', 'CPython 3.12'],
    ['demo-1.0-cp312-cp312-any.whl', 'CPython 3.12, any platform'],
    ['demo-1.0-cp38-abi3-win_amd64.whl', 'CPython 3.8+, Windows x86-64'],
    ['demo-1.0-cp313-cp313t-win_amd64.whl', 'CPython 3.13 free-threaded, Windows x86-64'],
    ['demo-1.0-cp310.cp311-none-win32.whl', 'CPython 3.10 or CPython 3.11, Windows 32-bit'],
    ['demo-1.0-pp310-pypy310_pp73-win_amd64.whl', 'PyPy 3.10, Windows x86-64'],
    ['demo-1.0-graalpy311-graalpy242_311_native-win_amd64.whl', 'GraalPy 3.11, Windows x86-64'],
    ['demo-1.0-cp313-cp313-android_21_arm64_v8a.whl', 'CPython 3.13, Android ARM64 (API 21+)'],
    ['demo-1.0-cp313-cp313-ios_13_0_arm64_iphoneos.whl', 'CPython 3.13, iOS 13.0+'],
    ['demo-1.0-cp313-cp313-ios_13_0_arm64_iphonesimulator.whl', 'CPython 3.13, iOS 13.0+ simulator'],
    ['demo-1.0-cp312-cp312-pyodide_2024_0_wasm32.whl', 'CPython 3.12, Pyodide 2024.0'],
    ['demo-1.0-cp312-cp312-emscripten_3_1_58_wasm32.whl', 'CPython 3.12, Emscripten 3.1.58'],
    ['demo-1.0-weird-none-plan9_mips.whl', 'weird, plan9_mips'],
    ['demo-1.0-constructor3-none-toString.whl', 'constructor3, toString'],
  ])('%s: %s', (filename, words) => expect(tagsInWords(indexedFile(filename).distribution)).toBe(words));
});

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1234, '1.2 kB'],
    [99_940, '99.9 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [99_999, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [999_600, '1.0 MB'],
    [18_400_000, '18.4 MB'],
    [999_600_000, '1.0 GB'],
    [2_147_483_648, '2.1 GB'],
    [5e12, '5.0 TB'],
    [5e15, '5000 TB'],
  ])('%d: %s', (sizeBytes, text) => expect(formatSize(sizeBytes)).toBe(text));
});

import { describe, expect, it } from 'vitest';
import { parsePlatformTag, runsOnPlatform } from '../../src/listing/platform.ts';
import { indexedFile } from './indexed-file.ts';

describe('parsePlatformTag', () => {
  it.each([
    ['manylinux_2_28_x86_64', { system: 'manylinux', major: 2, minor: 28, architecture: 'x86_64' }],
    ['manylinux1_i686', { system: 'manylinux', major: 2, minor: 5, architecture: 'i686' }],
    ['manylinux2010_x86_64', { system: 'manylinux', major: 2, minor: 12, architecture: 'x86_64' }],
    ['manylinux2014_aarch64', { system: 'manylinux', major: 2, minor: 17, architecture: 'aarch64' }],
    ['musllinux_1_2_x86_64', { system: 'musllinux', major: 1, minor: 2, architecture: 'x86_64' }],
    ['macosx_11_0_arm64', { system: 'macosx', major: 11, minor: 0, architecture: 'arm64' }],
    ['ios_13_0_arm64_iphoneos', { system: 'ios', major: 13, minor: 0, architecture: 'arm64_iphoneos' }],
    ['android_21_arm64_v8a', { system: 'android', major: 21, minor: 0, architecture: 'arm64_v8a' }],
    ['win_amd64', { system: 'other', major: 0, minor: 0, architecture: 'win_amd64' }],
  ])('%s', (tag, expected) => expect(parsePlatformTag(tag)).toEqual(expected));
});

describe('runsOnPlatform', () => {
  it.each([
    ['manylinux_2_28_x86_64', 'manylinux_2_28_x86_64', true],
    ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64.manylinux_2_28_x86_64', true],
    ['manylinux_2_28_x86_64', 'manylinux2014_x86_64', true],
    ['manylinux_2_28_x86_64', 'manylinux_2_34_x86_64', false],
    ['manylinux_2_28_x86_64', 'manylinux_2_28_aarch64', false],
    ['manylinux_2_28_x86_64', 'musllinux_1_2_x86_64', false],
    ['manylinux2014_x86_64', 'manylinux_2_17_x86_64', true],
    ['manylinux1_x86_64', 'manylinux2010_x86_64', false],
    ['musllinux_1_2_x86_64', 'musllinux_1_1_x86_64', true],
    ['macosx_14_0_arm64', 'macosx_11_0_arm64', true],
    ['macosx_11_0_arm64', 'macosx_14_0_arm64', false],
    ['macosx_14_0_arm64', 'macosx_10_9_universal2', true],
    ['macosx_14_0_x86_64', 'macosx_10_9_universal2', true],
    ['macosx_14_0_arm64', 'macosx_10_6_intel', false],
    ['ios_15_4_arm64_iphoneos', 'ios_13_0_arm64_iphoneos', true],
    ['ios_13_0_arm64_iphoneos', 'ios_15_4_arm64_iphoneos', false],
    ['ios_15_4_arm64_iphoneos', 'ios_13_0_arm64_iphonesimulator', false],
    ['android_24_arm64_v8a', 'android_21_arm64_v8a', true],
    ['android_21_arm64_v8a', 'android_24_arm64_v8a', false],
    ['android_24_arm64_v8a', 'android_21_x86_64', false],
    ['win_amd64', 'win_amd64', true],
    ['WIN_AMD64', 'win_amd64', true],
    ['win_amd64', 'win32', false],
    ['linux_x86_64', 'linux_x86_64', true],
    ['constructor', 'win32', false],
    ['macosx_14_0_arm64', 'macosx_11_0_constructor', false],
    ['win_amd64', 'any', true],
  ])('%s and %s: %s', (platform, tags, expected) => {
    expect(runsOnPlatform(indexedFile(`demo-1.0-cp312-cp312-${tags}.whl`).distribution, platform)).toBe(
      expected,
    );
  });

  it('keeps sdists, and tells installers apart', () => {
    expect(runsOnPlatform(indexedFile('demo-1.0.zip').distribution, 'win32')).toBe(true);
    expect(runsOnPlatform(indexedFile('demo-1.0.win32.exe').distribution, 'win32')).toBe(true);
    expect(runsOnPlatform(indexedFile('demo-1.0.win-amd64.exe').distribution, 'win32')).toBe(false);
  });
});

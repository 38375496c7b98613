// Platform tags that PyPI takes: warehouse, forklift/legacy.py, _valid_platform_tag.

const fixed = new Set([
  'any',
  'win32',
  'win_arm64',
  'win_amd64',
  'win_ia64',
  'manylinux1_x86_64',
  'manylinux1_i686',
  'manylinux2010_x86_64',
  'manylinux2010_i686',
  'manylinux2014_x86_64',
  'manylinux2014_i686',
  'manylinux2014_aarch64',
  'manylinux2014_armv7l',
  'manylinux2014_ppc64',
  'manylinux2014_ppc64le',
  'manylinux2014_s390x',
  'linux_armv6l',
  'linux_armv7l',
]);

const linuxArches = 'x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64';
const macArches = 'ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2';

const families: readonly RegExp[] = [
  new RegExp(`^manylinux_\\d+_\\d+_(?:${linuxArches}|ppc64)$`),
  new RegExp(`^musllinux_\\d+_\\d+_(?:${linuxArches})$`),
  // macOS 10 counts in its minor version; from 11 on the minor version of a tag is always 0.
  new RegExp(`^macosx_10_\\d+_(?:${macArches})$`),
  new RegExp(`^macosx_(?:11|12|13|14|15|26)_0_(?:${macArches})$`),
  /^ios_\d+_\d+_(?:arm64|x86_64)_(?:iphoneos|iphonesimulator)$/,
  /^android_\d+_(?:armeabi_v7a|arm64_v8a|x86|x86_64)$/,
  /^pyemscripten_\d+_\d+_wasm32$/,
];

/** Whether PyPI takes wheels for a platform tag. */
export function isPublishablePlatform(tag: string): boolean {
  return fixed.has(tag) || families.some((family) => family.test(tag));
}

/** What to do about a tag that PyPI does not take; empty where there is nothing to say. */
export function platformAdvice(tag: string): string {
  if (tag.startsWith('linux_')) return '; make it a manylinux or musllinux wheel with auditwheel repair';
  if (/^macosx_\d+_[1-9]\d*_/.test(tag)) return '; from macOS 11 on the tag ends its version with _0';
  return '';
}

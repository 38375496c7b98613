/** How many bytes of a file's start {@link sniff} wants. */
export const sniffBytes = 512;

const magics: readonly (readonly [hex: string, what: string])[] = [
  ['504b0304', 'a zip file'],
  ['504b0506', 'an empty zip file'],
  ['1f8b', 'a gzip file'],
  ['425a68', 'a bzip2 file'],
  ['fd377a585a00', 'an xz file'],
  ['28b52ffd', 'a zstd file'],
  ['1f9d', 'a compress (.Z) file'],
  ['377abcaf271c', 'a 7z file'],
  ['4d5a', 'a Windows program'],
  ['7f454c46', 'an ELF binary'],
  ['25504446', 'a PDF file'],
];

const texts: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b/is, 'an HTML page'],
  [/^<\?xml\b[^>]*>.*<(?:!doctype\s+html|html)\b/is, 'an HTML page'],
  [/^<(?:\?xml|[a-z]+[\s>])/i, 'an XML document'],
  [/^version https:\/\/git-lfs\.github\.com\//, 'a Git LFS pointer'],
  [/^[[{]/, 'a JSON document'],
];

/** What a file's first bytes say that it is, in words; undefined when they say nothing. */
export function sniff(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'an empty file';
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, sniffBytes));
  const hex = bytes.toString('hex');
  const magic = magics.find(([start]) => hex.startsWith(start));
  if (magic !== undefined) return magic[1];
  if (bytes.every((byte) => byte === 0)) return 'a file of zero bytes';
  if (bytes.length >= 262 && bytes.toString('latin1', 257, 262) === 'ustar')
    return 'an uncompressed tar file';
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  const known = texts.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d)) ? 'a text file' : undefined;
}

/** What to do about a file that is not what its name says. */
export function hintFor(what: string | undefined): string {
  switch (what) {
    case 'an HTML page':
    case 'an XML document':
    case 'a JSON document':
      return 'a server answered a download with an error or login page; fetch the file again';
    case 'a Git LFS pointer':
      return 'fetch the real file with git lfs pull';
    default:
      return 'build it again, or fetch it again';
  }
}

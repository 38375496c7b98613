/** Where writers keep unfinished files and locks: below the container's root, never an object. */
export const privateFolder = ['.wheelhouse', 'tmp'] as const;

const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i;
const forbiddenOnWindows = /[<>:"|?*\u0000-\u001f]|[. ]$/;

/**
 * Why a folder cannot hold a key, or undefined when it can. What would leave the folder, or name something other
 * than a file of it, is refused on every platform, so that a folder can move between them; what only Windows'
 * file systems cannot spell is refused there.
 */
export function keyProblem(key: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (key === '') return 'is empty';
  // A lone surrogate would be written as U+FFFD: two keys, one file.
  if (Buffer.from(key, 'utf8').toString('utf8') !== key) return 'is not valid Unicode';
  const segments = key.split('/');
  for (const segment of segments) {
    const problem = segmentProblem(segment, platform);
    if (problem !== undefined) return problem;
  }
  if (privateFolder.every((name, i) => segments[i]?.toLowerCase() === name))
    return `lies in ${privateFolder.join('/')}/, which is the writers' own`;
  return undefined;
}

/** The same for one segment of a key: the name of a file or folder. */
export function segmentProblem(
  segment: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (segment === '') return 'has an empty segment';
  if (segment === '.' || segment === '..') return `has a segment ${segment}`;
  if (segment.includes('\0')) return 'has a NUL character';
  if (segment.includes('\\')) return 'has a backslash';
  // Elsewhere `simple/aux/` is the page of a project with that name.
  if (platform === 'win32' && deviceName.test(segment)) return 'has the name of a Windows device';
  if (Buffer.byteLength(segment, 'utf8') > 255) return 'has a segment of more than 255 bytes';
  if (platform === 'win32' && forbiddenOnWindows.test(segment)) return 'has a character that Windows refuses';
  return undefined;
}

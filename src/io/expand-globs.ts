import { existsSync } from 'node:fs';
import { glob, hasMagic } from 'glob';

/**
 * The files that patterns such as `dist\*.whl` stand for, which the shells of Windows leave to the program. What is
 * there under that very name stays as it is, and so does a pattern that fits nothing.
 */
export async function expandGlobs(files: readonly string[]): Promise<string[]> {
  const windowsPathsNoEscape = process.platform === 'win32';
  const expanded: string[] = [];
  for (const file of files) {
    const isPattern = !isUrl(file) && hasMagic(file, { windowsPathsNoEscape }) && !existsSync(file);
    const found = isPattern ? await glob(file, { windowsPathsNoEscape, nodir: true }) : [];
    expanded.push(...(found.length === 0 ? [file] : found.sort()));
  }
  return expanded;
}

function isUrl(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]+:\/\/|file:)/i.test(text);
}

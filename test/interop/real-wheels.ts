import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Of } from '../make-distribution.ts';
import { peer } from './commands.ts';

/** Releases of scikit-learn, of what it needs, and the Pythons and platforms that they are wanted for. */
const wanted = [
  ['numpy==1.26.4', '3.11', 'manylinux2014_x86_64'],
  ['numpy==1.26.4', '3.12', 'win_amd64'],
  ['numpy==2.1.3', '3.13', 'macosx_14_0_arm64'],
  ['scikit-learn==1.5.2', '3.11', 'manylinux2014_x86_64'],
  ['scikit-learn==1.5.2', '3.12', 'win_amd64'],
  ['scikit-learn==1.6.1', '3.13', 'macosx_12_0_arm64'],
  ['joblib==1.4.2', '3.12', 'any'],
  ['joblib==1.5.1', '3.12', 'any'],
  ['threadpoolctl==3.5.0', '3.12', 'any'],
  ['threadpoolctl==3.6.0', '3.12', 'any'],
] as const;

export interface RealWheels {
  readonly folder: string;
  /** Digests by file name. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Downloads real wheels (about 80 MB) with pip, by way of the machine's own settings for it. */
export async function downloadRealWheels(folder: string): Promise<RealWheels> {
  await mkdir(folder, { recursive: true });
  const download = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--dest',
    folder,
  ];
  for (const [requirement, python, platform] of wanted) {
    const tags = ['--platform', platform, '--python-version', python, '--implementation', 'cp'];
    await promisify(execFile)(peer('python'), [...download, ...tags, requirement]);
  }
  return { folder, digests: await digestsIn(folder) };
}

/** SHA-256 of the wheels in a folder, by name. */
export async function digestsIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.whl')).sort();
  const digests = await Promise.all(
    names.map(async (name) => [name, sha256Of(await readFile(join(folder, name)))] as const),
  );
  return Object.fromEntries(digests);
}

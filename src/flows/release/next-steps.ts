import type { PublishTarget } from '../../registry/target.ts';
import { commandLine } from '../publish/next-steps.ts';
import type { ReleaseOptions } from './options.ts';

type Asked = Pick<
  ReleaseOptions,
  | 'project'
  | 'indexes'
  | 'version'
  | 'localFolder'
  | 'include'
  | 'exclude'
  | 'sdists'
  | 'python'
  | 'platform'
  | 'requireHashes'
  | 'skipExisting'
  | 'attestations'
  | 'preflight'
>;

/** The command that completes a release: it keeps the files that are there, and sends only what is missing. */
export function releaseStep(
  { url, flags = ['--repository-url', url] }: Pick<PublishTarget, 'url' | 'flags'>,
  { project, indexes, version, localFolder = 'dist', include = [], exclude = [], ...asked }: Asked,
): string {
  return commandLine([
    ...['wheelhouse', 'release', project, ...indexes],
    ...(version === undefined ? [] : ['--version', version]),
    ...flags,
    ...(localFolder === 'dist' ? [] : ['--local-folder', localFolder]),
    ...include.flatMap((glob) => ['--include', glob]),
    ...exclude.flatMap((glob) => ['--exclude', glob]),
    ...(asked.sdists === false ? ['--no-sdist'] : []),
    ...(asked.python === undefined ? [] : ['--python', asked.python]),
    ...(asked.platform === undefined ? [] : ['--platform', asked.platform]),
    ...(asked.requireHashes === true ? ['--require-hashes'] : []),
    ...(asked.skipExisting === true ? ['--skip-existing'] : []),
    ...(asked.attestations === true ? ['--attestations'] : []),
    ...(asked.preflight === false ? ['--no-preflight'] : []),
  ]);
}

import { normalizeName } from '../../model/name.ts';
import { normalizeVersion } from '../../model/version.ts';
import { isPublishablePlatform, platformAdvice } from './platforms.ts';
import { one } from './metadata-field.ts';
import type { Candidate, Rule } from './rule.ts';

const defaultFileLimitBytes = 100 * 1024 * 1024;

/** GitLab's own version check, from its documentation of the PyPI registry: PEP 440 with a leading `v`. */
const gitlabVersion = new RegExp(
  '^v?(?:[0-9]+!)?[0-9]+(?:\\.[0-9]+)*' +
    '(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview)[-_.]?[0-9]*)?' +
    '(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?' +
    '(?:[-_.]?dev[-_.]?[0-9]*)?' +
    '(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$',
  'i',
);

/** Rules about the file's name, version and size. */
export const nameRules: readonly Rule[] = [
  {
    // warehouse, forklift/metadata.py: "The use of local versions … is not allowed"
    name: 'local-version',
    registry: 'pypi',
    check: ({ metadata }) => {
      const version = one(metadata, 'version') ?? '';
      if (!version.includes('+')) return [];
      return [`version ${version} has a local part, which PyPI refuses: publish a version without +`];
    },
  },
  {
    name: 'gitlab-version',
    registry: 'gitlab',
    check: ({ metadata }) => {
      const version = one(metadata, 'version') ?? '';
      return gitlabVersion.test(version) ? [] : [`version ${version} is none that GitLab takes`];
    },
  },
  {
    // PEP 625; warehouse, forklift/legacy.py: "Filename … is invalid, should be …"
    name: 'sdist-name',
    registry: 'pypi',
    check: (candidate) => {
      if (candidate.distribution.kind !== 'sdist') return [];
      const expected = `${escapedName(candidate)}-${canonicalVersion(candidate)}.tar.gz`;
      return candidate.filename === expected ? [] : [`an sdist of this version must be named ${expected}`];
    },
  },
  {
    // warehouse, forklift/legacy.py: "Filename … should contain the normalized project name"
    name: 'wheel-name',
    registry: 'pypi',
    check: (candidate) => {
      if (candidate.distribution.kind !== 'wheel') return [];
      const expected = escapedName(candidate);
      return candidate.filename.startsWith(`${expected}-`)
        ? []
        : [`the file name must start with ${expected}-`];
    },
  },
  {
    // warehouse, forklift/legacy.py: "Binary wheel … has an unsupported platform tag"
    name: 'platform-tag',
    registry: 'pypi',
    check: ({ distribution }) =>
      distribution.kind !== 'wheel'
        ? []
        : distribution.platformTags
            .filter((tag) => !isPublishablePlatform(tag))
            .map((tag) => `PyPI takes no wheels for the platform ${tag}${platformAdvice(tag)}`),
  },
  {
    // PEP 527, since 2023 wheels and sdists only
    name: 'installer',
    registry: 'pypi',
    check: ({ distribution }) =>
      distribution.kind === 'wininst' ? ['PyPI no longer takes Windows installers: publish wheels'] : [],
  },
  {
    name: 'file-size',
    registry: 'pypi',
    severity: 'warning',
    check: ({ sizeBytes }) =>
      sizeBytes > defaultFileLimitBytes
        ? [
            `${sizeBytes} bytes are more than the 100 MiB that PyPI takes unless the project has a higher limit`,
          ]
        : [],
  },
];

/** The project as PyPI wants it at the start of a file name: PEP 503, with `_` for `-`. */
function escapedName({ metadata, distribution }: Candidate): string {
  return normalizeName(one(metadata, 'name') ?? distribution.project).replaceAll('-', '_');
}

function canonicalVersion({ metadata, distribution }: Candidate): string {
  return normalizeVersion(one(metadata, 'version') ?? '') ?? distribution.version;
}

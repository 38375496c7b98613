import { isUtf8 } from 'node:buffer';
import { compressionBounds } from '../../io/archive-contents.ts';
import { many, metadataAge } from './metadata-field.ts';
import { some, type Candidate, type Rule } from './rule.ts';

/** Rules about the archive's form: warehouse, forklift/legacy.py `_is_valid_dist_file` and utils/zipfiles.py. */
export const archiveRules: readonly Rule[] = [
  {
    // PyPI looks for {name}-{version}.dist-info with both parts exactly as the file name spells them.
    name: 'dist-info-name',
    registry: 'pypi',
    check: ({ filename, distribution, facts }) => {
      if (distribution.kind !== 'wheel' || facts === undefined) return [];
      const expected = `${filename.split('-').slice(0, 2).join('-')}.dist-info`;
      return facts.metadataFolder === expected ? [] : [`${facts.metadataFolder} must be named ${expected}`];
    },
  },
  {
    name: 'compression-method',
    registry: 'pypi',
    check: named(
      ({ facts }) => facts?.foreignCompression,
      (names) => `entries are neither stored nor deflated: ${names}`,
    ),
  },
  {
    name: 'compression-ratio',
    registry: 'pypi',
    check: ({ facts }) => {
      if (facts === undefined || facts.unpackedBytes <= compressionBounds.freeBytes) return [];
      const ratio = Math.round(facts.unpackedBytes / facts.packedBytes);
      if (facts.unpackedBytes <= facts.packedBytes * compressionBounds.ratio) return [];
      return [
        `it unpacks to ${ratio} times its size; beyond 64 MiB PyPI takes ${compressionBounds.ratio} at most`,
      ];
    },
  },
  {
    // Only zips: PyPI does not look for a second entry of the same name in a tar file.
    name: 'duplicate-entries',
    registry: 'pypi',
    check: named(
      ({ facts, filename }) => (/\.tar\.gz$/i.test(filename) ? [] : facts?.duplicates),
      (names) => `entries occur more than once: ${names}`,
    ),
  },
  {
    name: 'data-descriptors',
    registry: 'pypi',
    check: named(
      ({ facts }) => facts?.dataDescriptors,
      (names) => `entries were written as a stream, with their sizes behind them: ${names}`,
    ),
  },
  {
    name: 'zip-comment',
    registry: 'pypi',
    check: ({ facts }) => (facts?.commented === true ? ['the zip, or an entry of it, has a comment'] : []),
  },
  {
    name: 'leading-bytes',
    registry: 'pypi',
    check: ({ facts }) =>
      facts?.prefixed === true ? ['other bytes come before the first entry of the zip'] : [],
  },
  {
    name: 'refused-entries',
    registry: 'any',
    check: named(
      ({ facts }) => facts?.refusedEntries,
      (names) => `pip will not unpack links that lead out of the sdist, devices and pipes: ${names}`,
    ),
  },
  {
    // PEP 639; twine leaves License-File out of the form when the metadata is older than 2.4, so PyPI never sees it.
    name: 'license-files',
    registry: 'pypi',
    check: (candidate) => {
      if (candidate.facts === undefined || metadataAge(candidate.metadata) < metadataAge('2.4')) return [];
      const folder = candidate.facts.metadataFolder;
      const place = candidate.distribution.kind === 'wheel' ? `${folder}/licenses/` : `${folder}/`;
      return many(candidate.metadata, 'license_file')
        .map((file) => `${place}${file}`)
        .filter((path) => !candidate.files.has(path))
        .map((path) => `License-File names ${path}, which is not in the archive`);
    },
  },
  {
    // PyPI takes such a wheel and sends its owners a mail: warehouse, utils/wheel.py.
    name: 'record',
    registry: 'any',
    severity: 'warning',
    check: ({ facts }) => [
      ...(facts !== undefined && facts.unrecorded.length > 0
        ? [`RECORD does not list ${some(facts.unrecorded)}`]
        : []),
      ...(facts !== undefined && facts.unfound.length > 0
        ? [`RECORD lists missing ${some(facts.unfound)}`]
        : []),
    ],
  },
  {
    name: 'utf-8',
    registry: 'any',
    check: ({ metadataBytes }) => (isUtf8(metadataBytes) ? [] : ['its metadata is not UTF-8']),
  },
];

function named(
  names: (candidate: Candidate) => readonly string[] | undefined,
  message: (names: string) => string,
): Rule['check'] {
  return (candidate) => {
    const found = names(candidate) ?? [];
    return found.length === 0 ? [] : [message(some(found))];
  };
}

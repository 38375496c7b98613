import { isProjectName } from '../../model/name.ts';
import { multipleUseFields, readMetadata, singleUseFields } from '../../model/metadata.ts';
import { specifierFlaw } from '../../model/specifier.ts';
import { contentTypeFlaws, countCharacters, isAddress, isWebUrl, projectUrlFlaws } from './field-flaws.ts';
import { importNameFlaw } from './import-name.ts';
import { headerOf, many, metadataAge, one } from './metadata-field.ts';
import type { Rule } from './rule.ts';
import { readRequirement } from './requirement-syntax.ts';

// Sources: warehouse, forklift/metadata.py, and packaging.metadata, which it builds on. Not looked at here:
// the lists of trove classifiers and SPDX licences, and whether a description renders. license-rules.ts has
// the fields that tell of the licence.

const supportedVersions = new Set(['1.0', '1.1', '1.2', '2.1', '2.2', '2.3', '2.4', '2.5']);

/** The metadata version that brought each field; those of 1.0 are not listed. */
const added: Readonly<Record<string, string>> = {
  supported_platform: '1.1',
  download_url: '1.1',
  classifier: '1.1',
  requires: '1.1',
  provides: '1.1',
  obsoletes: '1.1',
  maintainer: '1.2',
  maintainer_email: '1.2',
  requires_dist: '1.2',
  provides_dist: '1.2',
  obsoletes_dist: '1.2',
  requires_python: '1.2',
  requires_external: '1.2',
  project_url: '1.2',
  description_content_type: '2.1',
  provides_extra: '2.1',
  dynamic: '2.2',
  license_expression: '2.4',
  // License-File is of 2.4 too, but setuptools wrote it since 2021, and no uploader sends it with older metadata.
  import_name: '2.5',
  import_namespace: '2.5',
};

/** Rules about the fields of core metadata. */
export const metadataRules: readonly Rule[] = [
  {
    name: 'metadata-version',
    registry: 'pypi',
    check: ({ metadata }) => {
      const version = one(metadata, 'metadata_version');
      if (version === undefined) return ['Metadata-Version is missing'];
      return supportedVersions.has(version) ? [] : [`Metadata-Version ${version} is none that PyPI takes`];
    },
  },
  {
    name: 'field-version',
    registry: 'pypi',
    check: ({ metadata }) => {
      const age = metadataAge(metadata);
      if (age === 0) return [];
      return Object.entries(added)
        .filter(([field, since]) => metadataAge(since) > age && many(metadata, field).length > 0)
        .map(([field, since]) => `${headerOf(field)} needs Metadata-Version ${since} or newer`);
    },
  },
  {
    // pip, uv and packaging take it for a part of the first header, which ends the headers for them.
    name: 'byte-order-mark',
    registry: 'any',
    check: ({ distribution, metadataBytes }) =>
      distribution.kind === 'wheel' && metadataBytes.toString('utf8', 0, 3) === '\uFEFF'
        ? ['METADATA begins with a byte order mark: pip and uv find no Name in it']
        : [],
  },
  {
    // packaging takes such a field for unreadable, and twine then sends nothing.
    name: 'ambiguous-field',
    registry: 'pypi',
    check: ({ metadataBytes }) =>
      Object.keys(readMetadata(metadataBytes.toString('utf8')).ambiguous).map(
        (field) => `${headerOf(field)} is given more than once`,
      ),
  },
  {
    name: 'project-name',
    registry: 'pypi',
    check: ({ metadata }) => {
      const name = one(metadata, 'name') ?? '';
      return isProjectName(name)
        ? []
        : [`${name} is no project name: letters, digits, and . _ - between them`];
    },
  },
  {
    name: 'summary',
    registry: 'pypi',
    check: ({ metadata }) => {
      const summary = one(metadata, 'summary') ?? '';
      const length = countCharacters(summary);
      return [
        ...(length > 512 ? [`Summary has ${length} characters; PyPI takes 512`] : []),
        ...(/[\r\n]/.test(summary) ? ['Summary has more than one line'] : []),
      ];
    },
  },
  {
    name: 'description-content-type',
    registry: 'pypi',
    check: ({ metadata }) => contentTypeFlaws(one(metadata, 'description_content_type')),
  },
  {
    // The classifier that projects use to make sure that they never get there.
    name: 'private',
    registry: 'pypi',
    check: ({ metadata }) =>
      many(metadata, 'classifier')
        .filter((classifier) => /^private ::/i.test(classifier))
        .map((classifier) => `the classifier ${classifier} says that it is not to be published`),
  },
  {
    name: 'requirements',
    registry: 'pypi',
    check: ({ metadata }) =>
      ['requires_dist', 'provides_dist', 'obsoletes_dist'].flatMap((field) =>
        many(metadata, field).flatMap((text) => {
          const requirement = readRequirement(text);
          if (requirement === undefined) return [`${headerOf(field)}: ${text} is no requirement`];
          if (requirement.url !== undefined)
            return [
              `${headerOf(field)}: ${text} is a direct URL, which PyPI refuses: depend on a published version`,
            ];
          return requirement.flaw === undefined ? [] : [`${headerOf(field)}: ${text}: ${requirement.flaw}`];
        }),
      ),
  },
  {
    name: 'requires-python',
    registry: 'pypi',
    check: ({ metadata }) => {
      const flaw = specifierFlaw(one(metadata, 'requires_python') ?? '');
      return flaw === undefined ? [] : [`Requires-Python: ${flaw}`];
    },
  },
  {
    name: 'project-urls',
    registry: 'pypi',
    check: ({ metadata }) => [
      ...projectUrlFlaws(many(metadata, 'project_url')),
      ...['home_page', 'download_url'].flatMap((field) => {
        const url = one(metadata, field);
        return url === undefined || isWebUrl(url)
          ? []
          : [`${headerOf(field)}: ${url} is no http or https URL`];
      }),
    ],
  },
  {
    name: 'email',
    registry: 'pypi',
    check: ({ metadata }) =>
      ['author_email', 'maintainer_email'].flatMap((field) => {
        const text = one(metadata, field);
        if (text === undefined || isAddress(text)) return [];
        return [`${headerOf(field)}: ${text} is no e-mail address`];
      }),
  },
  {
    // PEP 643
    name: 'dynamic',
    registry: 'pypi',
    check: ({ metadata }) =>
      many(metadata, 'dynamic').flatMap((field) => {
        if (/^(?:name|version|metadata-version|dynamic)$/i.test(field))
          return [`Dynamic: ${field} must be static`];
        return isCoreField(field) ? [] : [`Dynamic: ${field} is no field of core metadata`];
      }),
  },
  {
    // PEP 794
    name: 'import-names',
    registry: 'pypi',
    check: ({ metadata }) =>
      ['import_name', 'import_namespace'].flatMap((field) =>
        many(metadata, field).flatMap((name) => {
          const flaw = importNameFlaw(name);
          return flaw === undefined ? [] : [`${headerOf(field)}: ${name}: ${flaw}`];
        }),
      ),
  },
  {
    name: 'extras',
    registry: 'pypi',
    check: ({ metadata }) =>
      many(metadata, 'provides_extra')
        .filter((extra) => !isProjectName(extra))
        .map((extra) => `Provides-Extra: ${extra} is no name of an extra`),
  },
];

/** Whether a header, in any case, is one that some metadata version has. */
function isCoreField(header: string): boolean {
  const field = header.toLowerCase().replaceAll('-', '_');
  return !header.includes('_') && [...singleUseFields, ...multipleUseFields].some((known) => known === field);
}

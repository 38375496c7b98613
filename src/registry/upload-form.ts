import type { Distribution } from '../model/artifact.ts';
import {
  multipleUseFields,
  presentFields,
  singleUseFields,
  type MultipleUseField,
  type SingleUseField,
} from '../model/metadata.ts';
import type { PublishableArtifact, PublishTarget } from './target.ts';

/** One text part of an upload form; a field with several values is several parts. */
export type FormField = readonly [name: string, value: string];

/**
 * The text fields of PyPI's upload API for one artifact, equal to those of twine 7 but for what this changes on
 * purpose: `UNKNOWN` and empty values are left out (PyPI drops the first, GitLab trips over the second), folded
 * descriptions are unfolded, and the import names of metadata 2.5 are sent, because PyPI reads them from the form.
 * Like twine 7 it sends no `md5_digest`: the two other digests say more.
 */
export function uploadFields(artifact: PublishableArtifact, rules: PublishTarget['rules']): FormField[] {
  const { distribution } = artifact;
  const metadata = presentFields(artifact.metadata);
  const fields: FormField[] = [
    [':action', 'file_upload'],
    ['protocol_version', '1'],
    ['filetype', fileTypes[distribution.kind]],
    ['pyversion', pythonVersionOf(distribution)],
    ['sha256_digest', artifact.sha256],
    ['blake2_256_digest', artifact.blake2b256],
  ];
  // Both are required everywhere; only without a preflight can the metadata lack them.
  const complete = { name: distribution.project, version: distribution.version, ...metadata };
  for (const field of singleUseFields) {
    const value = complete[field];
    if (value !== undefined) fields.push([field, singleValue(field, value)]);
  }
  for (const field of multipleUseFields) {
    // setuptools wrote License-File long before metadata 2.4 gave it a meaning; twine drops it below, PyPI refuses it.
    if (field === 'license_file' && !isSince(metadata.metadata_version, 2, 4)) continue;
    const name = formNames[field] ?? field;
    for (const value of metadata[field] ?? []) fields.push([name, multipleValue(field, value)]);
  }
  const { attestations = [] } = artifact;
  if (attestations.length > 0) fields.push(['attestations', `[${attestations.join(',')}]`]);
  // GitLab validates the field's presence, not its value.
  if (rules === 'gitlab' && metadata.requires_python === undefined) fields.push(['requires_python', '']);
  return fields;
}

const fileTypes: Record<Distribution['kind'], string> = {
  wheel: 'bdist_wheel',
  sdist: 'sdist',
  wininst: 'bdist_wininst',
};

/** The fields whose form name is a plural; all others are named as in the metadata. */
const formNames: Partial<Record<MultipleUseField, string>> = {
  classifier: 'classifiers',
  project_url: 'project_urls',
};

/** A wheel's Python tag as its file name has it (the expanded tags, joined again); an installer's as a version. */
function pythonVersionOf(distribution: Distribution): string {
  switch (distribution.kind) {
    case 'wheel':
      return distribution.pythonTags.join('.');
    case 'sdist':
      return 'source';
    case 'wininst':
      return distribution.pythonTags[0]?.replace(/^py(\d)(\d+)$/, '$1.$2') ?? 'any';
  }
}

function singleValue(field: SingleUseField, value: string): string {
  // pkg_resources' safe_name, which PyPI and twine apply too; not the PEP 503 form, because PyPI shows this one.
  if (field === 'name') return value.replace(/[^A-Za-z0-9.]+/g, '-');
  if (field === 'keywords')
    return value
      .split(',')
      .map((keyword) => keyword.trim())
      .join(', ');
  return value;
}

function multipleValue(field: MultipleUseField, value: string): string {
  if (field !== 'project_url') return value;
  const comma = value.indexOf(',');
  const [label, url] = comma === -1 ? [value, ''] : [value.slice(0, comma), value.slice(comma + 1)];
  return `${label.trim()}, ${url.trim()}`;
}

function isSince(metadataVersion: string | undefined, major: number, minor: number): boolean {
  const [ofMajor = 0, ofMinor = 0] = (metadataVersion ?? '').split('.').map(Number);
  return ofMajor > major || (ofMajor === major && ofMinor >= minor);
}

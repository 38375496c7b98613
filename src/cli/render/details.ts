import type { ArtifactDetails } from '../../flows/inspect/details.ts';
import { formatSize } from '../../listing/format-size.ts';
import { printable } from './format.ts';

/** A distribution's details as a sheet for people; the last line is a blank one. */
export function describeDetails(details: ArtifactDetails): string {
  const { tags, hashes, metadata, dependencies, contents, install, problems } = details;
  const files = `${details.fileCount} ${details.fileCount === 1 ? 'file' : 'files'} in it`;
  const lines = [
    details.filename,
    ...rows([
      ['name', details.name],
      ['version', details.version],
      ['kind', details.kind],
      ['size', `${formatSize(details.sizeBytes)} (${details.sizeBytes} bytes), ${files}`],
      ['build', tags?.build ?? ''],
      ['python', tags?.python.join(', ') ?? ''],
      ['abi', tags?.abi.join(', ') ?? ''],
      ['platform', tags?.platform.join(', ') ?? ''],
      ...Object.entries(hashes),
    ]),
    ...section('Metadata', rows(metadataRows(metadata))),
    ...section(
      'Dependencies',
      dependencies.map((requirement) => `  ${requirement}`),
    ),
    ...section(
      'Contents',
      (contents ?? []).map(({ name, sizeBytes }) => `  ${formatSize(sizeBytes).padStart(9)}  ${name}`),
    ),
    ...section(
      'Install',
      [...install.pip, ...install.uv].map((line) => `  ${line}`),
    ),
    ...block('pip.conf', install.pipConf),
    ...block('requirements.txt', install.requirements),
    ...section(
      'A registry would say',
      problems.map(({ severity, registry, message }) => `  ${severity} (${registry}): ${message}`),
    ),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** Shown elsewhere, or too long for a sheet. */
const leftOut = new Set(['name', 'version', 'description', 'requires_dist']);

function metadataRows(metadata: ArtifactDetails['metadata']): [string, string][] {
  return Object.entries(metadata).flatMap(([field, value]): [string, string][] => {
    if (leftOut.has(field) || value === undefined) return [];
    if (typeof value === 'string') return [[field, value.replace(/\s*\n\s*/g, ' ')]];
    return value.map((each) => [field, each]);
  });
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const shown = pairs.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function block(title: string, text: string): string[] {
  return text === ''
    ? []
    : section(
        title,
        text
          .trimEnd()
          .split('\n')
          .map((line) => `  ${line}`),
      );
}

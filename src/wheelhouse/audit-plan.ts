import type { Distribution } from '../model/artifact.ts';
import type { Disagreement } from '../model/events.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { normalizeName } from '../model/name.ts';
import { isDevVersion } from '../model/version.ts';
import type { Files } from './files.ts';
import type { Inventory } from './inventory.ts';
import type { StoredArtifact } from './stored-artifact.ts';
import { artifactKey, sidecarKey } from './layout.ts';
import type { MetadataFile } from './metadata-file.ts';
import { groupOrphans } from './orphans.ts';

/** `metadata.json` as it is stored, and as it should be. */
export interface BothMetadata {
  readonly stored: MetadataFile;
  readonly wanted: MetadataFile;
}

/** What one listing, and `metadata.json` beside it, show to be wrong with artifacts, records and sidecars. */
export function auditInventory(inventory: Inventory, files: Files, metadata: BothMetadata): Disagreement[] {
  const { artifacts, orphans, foreign } = inventory;
  const projects = new Set(files.projects);
  const found: Disagreement[] = [];
  for (const artifact of artifacts.live()) found.push(...auditArtifact(artifact, metadata));
  return [
    ...found,
    ...auditOrphans(orphans),
    ...files.projects.flatMap((project) => findDoubles(files.namesOf(project))),
    ...foreign.map(({ key }) => auditForeign(key, projects)),
  ];
}

function auditArtifact(artifact: StoredArtifact, { stored, wanted }: BothMetadata): Disagreement[] {
  const { filename, object, records, staleRecords, sidecar } = artifact;
  const key = artifactKey(filename);
  const known = stored.artifacts.get(filename);
  const found: Disagreement[] = [];
  const tell = (code: Disagreement['code'], message: string, repairable: boolean): void => {
    found.push({ code, key, filename, message: `${filename} ${message}`, repairable });
  };
  const [record, ...others] = records;
  if (record === undefined && staleRecords.length > 0) {
    const sizes = staleRecords.map(({ sizeBytes }) => sizeBytes).join(' or ');
    tell('wrong-size', `has ${object.sizeBytes} bytes, its record says ${sizes}`, mayBeOverwritten(artifact));
  } else if (record === undefined) {
    const digest =
      known?.sizeBytes === object.sizeBytes ? 'only metadata.json knows its digest' : 'no digest is known';
    tell('missing-record', `has no record: ${digest}`, true);
  } else if (others.length > 0) {
    tell('several-records', `has ${records.length} records of its size: an overwrite was not finished`, true);
  } else if (known !== undefined && known.sha256 !== record.sha256) {
    tell(
      'wrong-digest',
      `has sha256 ${known.sha256} in metadata.json, its record says ${record.sha256}`,
      true,
    );
  }
  if (record !== undefined && staleRecords.length > 0)
    tell('leftover-record', 'has a record of bytes that were overwritten', true);
  const promised = wanted.artifacts.get(filename)?.body.metadataSha256 !== undefined;
  if (promised && sidecar === undefined)
    tell('missing-sidecar', 'has no core metadata beside it, though its record tells of them', false);
  return found;
}

/** Whether other bytes may rightly have come under the name: those of a dev build, whose upload did not finish. */
export function mayBeOverwritten({ distribution }: StoredArtifact): boolean {
  return isDevVersion(distribution.version);
}

/** Whether the bytes, or the core metadata, were written after their record. An upload writes the record last. */
export function isYoungerThanRecord(
  artifact: StoredArtifact,
  part: 'object' | 'sidecar' = 'object',
): boolean {
  return (artifact[part]?.modifiedMs ?? 0) > (artifact.records[0]?.modifiedMs ?? Infinity);
}

function auditOrphans(orphans: Inventory['orphans']): Disagreement[] {
  return groupOrphans({ orphans }).flatMap(
    ({ filename, keys, objects, records, isPruned }): Disagreement[] => {
      if (isPruned) return []; // on its way out
      const [key = filename] = keys;
      const told = { key, filename, repairable: true };
      if (records.length > 0)
        return [{ ...told, code: 'missing-object', message: `${filename} is not there, but has a record` }];
      if (objects.length > 0)
        return [
          { ...told, code: 'orphan-sidecar', message: `${sidecarKey(filename)} has no wheel beside it` },
        ];
      return [{ ...told, code: 'orphan-mark', message: `${filename} is not there, but has a mark` }];
    },
  );
}

/** Files of one project that differ only in how it is spelt: installers take either. */
export function findDoubles(filenames: Iterable<string>): Disagreement[] {
  const first = new Map<string, string>();
  const doubles: Disagreement[] = [];
  for (const filename of filenames) {
    const parsed = parseDistributionFilename(filename);
    if (!parsed.ok) continue;
    const identity = identityOf(parsed.value);
    const other = first.get(identity);
    if (other === undefined) {
      first.set(identity, filename);
      continue;
    }
    const message = `${filename} and ${other} are one distribution under two spellings`;
    doubles.push({ code: 'doubled-file', key: artifactKey(filename), filename, message, repairable: false });
  }
  return doubles;
}

function identityOf(distribution: Distribution): string {
  const { kind, project, version } = distribution;
  const tags =
    kind === 'sdist'
      ? []
      : [
          distribution.pythonTags.join('.'),
          kind === 'wheel' ? [distribution.build ?? '', distribution.abiTags.join('.')].join('-') : '',
          distribution.platformTags.join('.'),
        ];
  return [kind, normalizeName(project), version, ...tags].join(' ');
}

function auditForeign(key: string, projects: ReadonlySet<string>): Disagreement {
  const [, spelt] = /^simple\/(?:v1\+json\/)?([^/]+)\/(?:index\.(?:html|json))?$/.exec(key) ?? [];
  const project = spelt === undefined ? undefined : normalizeName(spelt);
  if (project !== undefined && project !== spelt && projects.has(project))
    return {
      code: 'doubled-project',
      key,
      message: `${key} is a second page of ${project} that nobody keeps up to date: remove it`,
      repairable: false,
    };
  return {
    code: 'foreign-object',
    key,
    message: `${key} is no wheel, no sdist and no page of the wheelhouse: no page shows it`,
    repairable: false,
  };
}

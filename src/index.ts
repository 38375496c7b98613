// The commands, as functions.
export { upload } from './flows/upload.ts';
export type { UploadOptions } from './flows/upload/options.ts';
export { fetchArtifacts, type FetchOptions } from './flows/fetch.ts';
export { mirror } from './flows/mirror.ts';
export type { MirrorFilter, MirrorOptions } from './flows/mirror/options.ts';
export { publish } from './flows/publish.ts';
export type { PublishOptions } from './flows/publish/options.ts';
export { release } from './flows/release.ts';
export type { ReleaseOptions } from './flows/release/options.ts';
export {
  checkIndex,
  rebuildIndex,
  type CheckIndexOptions,
  type RebuildIndexOptions,
} from './flows/index-container.ts';
export { prune, type PruneOptions } from './flows/prune.ts';
export { unyank, yank, type UnyankOptions, type YankOptions } from './flows/yank.ts';
export { inspect, type InspectOptions, type InspectReport } from './flows/inspect.ts';
export type { ArtifactDetails } from './flows/inspect/details.ts';

// What they work on.
export type { Container } from './storage/container.ts';
export { openContainer } from './storage/drivers.ts';
export type { ContainerOptions } from './storage/container-options.ts';
export { parseLocation, type Location, type LocationOptions } from './storage/location.ts';
export type { PublishTarget } from './registry/target.ts';
export { openUploadApi, type UploadApiOptions } from './registry/upload-api.ts';
export { openBuildkite, type BuildkiteOptions } from './registry/buildkite.ts';
export { openBuildkiteLegacy, type BuildkiteLegacyOptions } from './registry/buildkite-legacy.ts';
export type { CredentialsSource } from './registry/identity/credentials-source.ts';
export type { Attestor } from './registry/attestation/attestor.ts';
export { openPageCache, type PageCache } from './io/page-cache.ts';
export { createHttp, type HttpClient, type HttpOptions } from './io/http.ts';

// What they tell.
export type {
  Disagreement,
  DisagreementCode,
  FlowOptions,
  Summary,
  WheelhouseEvent,
} from './model/events.ts';
export { WheelhouseError, type ErrorCode } from './model/errors.ts';
export { Secret, type Credentials } from './model/secret.ts';

// Pure: names, versions, metadata, pages, credentials files.
export { parseDistributionFilename } from './model/filename.ts';
export type { Distribution, Link } from './model/artifact.ts';
export { normalizeName } from './model/name.ts';
export { compareVersions, isDevVersion, normalizeVersion } from './model/version.ts';
export { parseMetadata, type CoreMetadata } from './model/metadata.ts';
export { parsePypirc } from './model/pypirc.ts';
export { parseListing } from './listing/parse.ts';

export { parseDistributionFilename } from './model/filename.ts';
export { normalizeName } from './model/name.ts';
export { compareVersions, isDevVersion, normalizeVersion } from './model/version.ts';
export { parseMetadata, type CoreMetadata } from './model/metadata.ts';
export { parsePypirc } from './model/pypirc.ts';
export { parseListing } from './listing/parse.ts';

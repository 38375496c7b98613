import type { ErrorCode } from '../model/errors.ts';

/** What to do about a refusal of Buildkite's API, whatever was asked of it. */
export const buildkiteAdvice: Partial<Readonly<Record<ErrorCode, string>>> = {
  UNAUTHORIZED: 'check the token: it may have expired, been revoked, or belong to another organization',
  FORBIDDEN:
    'the token needs the scopes read_packages and write_packages; a token of a job needs an OIDC policy of the registry that grants them',
  NOT_FOUND: 'check ORG/REGISTRY: Buildkite answers 404 also when the token may not see the registry',
  NOT_AN_UPLOAD_URL:
    'check ORG/REGISTRY: Buildkite answers 404 also when the token may not see the registry; composite registries take no uploads',
};

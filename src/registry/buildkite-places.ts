import { WheelhouseError } from '../model/errors.ts';

/** A registry of Buildkite Package Registries, or a repository of its predecessor. */
export interface BuildkitePlace {
  /** Slug of the organization. */
  readonly organization: string;
  /** Slug of the registry, or name of the repository. */
  readonly registry: string;
}

/** The places of a registry on the web. */
interface BuildkiteUrls {
  /** Where packages are posted and listed. */
  readonly packages: URL;
  /** The simple index for pip. */
  readonly index: URL;
}

/** Reads `ORG/REGISTRY` or `ORG/REPO`, as a flag has it. Throws `USAGE`. */
export function parseBuildkitePlace(
  text: string,
  flag: '--buildkite' | '--buildkite-legacy',
): BuildkitePlace {
  const [, organization, registry] = /^(\w[\w.-]*)\/(\w[\w.-]*)$/.exec(text.trim()) ?? [];
  if (organization !== undefined && registry !== undefined) return { organization, registry };
  const [what, form] = flag === '--buildkite' ? ['registry', 'ORG/REGISTRY'] : ['repository', 'ORG/REPO'];
  throw new WheelhouseError('USAGE', `${flag} takes the organization and the ${what}: ${form}`, {
    hint: `both as they are in the URL of the ${what}, such as my-organization/my-python-packages`,
  });
}

/**
 * Buildkite's own hosts, or what stands for all of them: a proxy in the way, under whose URL the paths stay the same.
 * Throws `CONFIG`.
 */
export function buildkiteUrls({ organization, registry }: BuildkitePlace, proxy?: string): BuildkiteUrls {
  const [api, files] = [
    baseOf('https://api.buildkite.com/', proxy),
    baseOf('https://packages.buildkite.com/', proxy),
  ];
  return {
    packages: new URL(`v2/packages/organizations/${organization}/registries/${registry}/packages`, api),
    index: new URL(`${organization}/${registry}/pypi/simple/`, files),
  };
}

/** As {@link buildkiteUrls}, of Buildkite Packages' first API. */
export function buildkiteLegacyUrls(
  { organization, registry }: BuildkitePlace,
  proxy?: string,
): BuildkiteUrls {
  const base = baseOf('https://buildkitepackages.com/', proxy);
  return {
    packages: new URL(`api/v1/repos/${organization}/${registry}/packages.json`, base),
    index: new URL(`${organization}/${registry}/pypi/simple/`, base),
  };
}

/** What a token for a registry must be made for, whatever proxy it goes through: the registry's canonical URL. */
export function buildkiteAudience({ organization, registry }: BuildkitePlace): string {
  return `https://packages.buildkite.com/${organization}/${registry}`;
}

/** Where people look at a registry. */
export function buildkitePage({ organization, registry }: BuildkitePlace): string {
  return `https://buildkite.com/organizations/${organization}/packages/registries/${registry}`;
}

function baseOf(own: string, proxy: string | undefined): URL {
  const written = proxy ?? own;
  if (!URL.canParse(written) || !/^https?:$/.test(new URL(written).protocol))
    throw new WheelhouseError('CONFIG', 'WHEELHOUSE_UPLOADER_BUILDKITE_URL is no http or https URL', {
      hint: 'it stands for https://api.buildkite.com/ and https://packages.buildkite.com/',
    });
  const base = new URL(written);
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

import { installLines } from '../../listing/install-lines.ts';
import { isDevVersion } from '../../model/version.ts';
import type { Layout } from '../../wheelhouse/layout.ts';
import type { Container } from '../../storage/container.ts';
import type { HashedArtifact } from './plan.ts';

/** Lines that install what was uploaded: of one project by its name, of one version with the version. */
export function nextSteps(
  container: Container,
  steps: readonly { readonly artifact: HashedArtifact }[],
  {
    layout = 'all',
    updateIndex = true,
  }: { readonly layout?: Layout | undefined; readonly updateIndex?: boolean | undefined },
): string[] {
  const index = layout === 'flat' ? undefined : container.publicUrl('simple/');
  // Where no key ends in a slash, only a web server makes an index of the pages; pip itself does of a folder's.
  const indexUrl = container.acceptsSlashKeys || index?.startsWith('file:') === true ? index : undefined;
  const flatUrl = layout === 'simple' ? undefined : container.publicUrl('index.html');
  if (steps.length === 0 || !updateIndex || (indexUrl === undefined && flatUrl === undefined)) return [];
  const project = only(steps.map(({ artifact }) => artifact.distribution.project));
  const version = only(steps.map(({ artifact }) => artifact.distribution.version));
  const lines = installLines({
    indexUrl,
    flatUrl,
    project,
    version: project === undefined ? undefined : version,
    // A dev build that is pinned is taken as it is; by its project's name alone it would be passed over.
    pre: version === undefined && steps.every(({ artifact }) => isDevVersion(artifact.distribution.version)),
  });
  return [...lines.pip, ...lines.uv];
}

function only(values: readonly string[]): string | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}

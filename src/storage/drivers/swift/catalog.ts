import { WheelhouseError } from '../../../model/errors.ts';
import type { SwiftSettings } from './settings.ts';

/** An address of a service, in one region. */
export interface Endpoint {
  readonly type: string;
  readonly region?: string;
  readonly interface: SwiftSettings['interface'];
  readonly url: string;
}

const interfaces = ['public', 'internal', 'admin'] as const;

/** The endpoints of a catalog: v3 has one interface each, v2 has `publicURL` and its like. What is neither is passed over. */
export function readCatalog(catalog: unknown): Endpoint[] {
  const found: Endpoint[] = [];
  for (const service of objects(catalog)) {
    const type = service['type'];
    if (typeof type !== 'string') continue;
    for (const endpoint of objects(service['endpoints'])) {
      const at = endpoint['region_id'] ?? endpoint['region'];
      const region = typeof at === 'string' ? { region: at } : {};
      for (const name of interfaces) {
        const url = endpoint['interface'] === name ? endpoint['url'] : endpoint[`${name}URL`];
        if (typeof url === 'string' && URL.canParse(url))
          found.push({ type, ...region, interface: name, url });
      }
    }
  }
  return found;
}

/**
 * The address of a service in the region, which need not be named where there is only one. Throws `CONFIG` when the
 * region is not there, or has to be chosen.
 */
export function findEndpoint(
  catalog: readonly Endpoint[],
  type: string,
  settings: Pick<SwiftSettings, 'region' | 'interface'>,
): string | undefined {
  const { region } = settings;
  const offered = catalog.filter((one) => one.type === type && one.interface === settings.interface);
  const regions = [...new Set(offered.map((one) => one.region).filter((name) => name !== undefined))];
  const hint =
    regions.length === 0 ? {} : { hint: `the regions are ${regions.join(', ')}: choose one with --region` };
  if (region !== undefined) {
    const there = offered.filter(
      (one) => one.region === undefined || one.region.toLowerCase() === region.toLowerCase(),
    );
    if (offered.length > 0 && there.length === 0)
      throw new WheelhouseError('CONFIG', `the object store is not in the region ${region}`, hint);
    return there[0]?.url;
  }
  if (regions.length > 1) throw new WheelhouseError('CONFIG', 'the object store is in several regions', hint);
  return offered[0]?.url;
}

function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value)
    ? value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
    : [];
}

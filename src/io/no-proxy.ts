import { BlockList, isIP } from 'node:net';

/**
 * Whether a `NO_PROXY` list names the host of a URL, by the rules of curl and Python's requests together: a host
 * stands for its subdomains too, a port limits an entry to itself, `10.0.0.0/8` is a network, and `*` alone is every host.
 */
export function passesProxyBy({ hostname, port, protocol }: URL, noProxy: string): boolean {
  if (noProxy.trim() === '*') return true;
  const host = withoutBrackets(hostname).replace(/\.$/, '');
  const ports = port === '' ? { 'https:': '443', 'http:': '80' }[protocol] : port;
  return noProxy
    .split(/[\s,]+/)
    .map(parseEntry)
    .some((entry) => (entry.port ?? ports) === ports && isNamed(host, entry.name));
}

/** An IPv6 address needs no brackets, unless a port follows it. */
function parseEntry(entry: string): { name: string; port?: string | undefined } {
  const [, name = entry, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  return {
    name: withoutBrackets(name)
      .replace(/^\*?\./, '')
      .replace(/\.$/, '')
      .toLowerCase(),
    port,
  };
}

function isNamed(host: string, name: string): boolean {
  if (name === '') return false;
  if (isIP(host) === 0) return host === name || host.endsWith(`.${name}`);
  return host === name || isWithin(host, name);
}

function isWithin(address: string, network: string): boolean {
  const [start = '', prefix = '', ...rest] = network.split('/');
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  const bits = prefix === '' ? longest : Number(prefix);
  if (isIP(start) !== family || !/^\d*$/.test(prefix) || bits > longest || rest.length > 0) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const block = new BlockList();
  block.addSubnet(start, bits, type);
  return block.check(address, type);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

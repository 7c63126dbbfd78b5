import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isProduction } from '#lib/config';
import { classifyAddress, unwrap, type ParsedAddress } from './classify-address.ts';
import type { EgressProblem } from './errors.ts';
import type { EgressClass, EgressConfig } from './types.ts';

/** Where a request is about to go. */
export interface Destination {
  /** Lower case, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Which addresses each class may reach. Pure. */
export interface EgressRules {
  /** May a connection for this destination end at this address? */
  allowsAddress(egressClass: EgressClass, destination: Destination, address: string): boolean;
  /** May this destination be spoken to without TLS? Only where nobody else can listen: what is private and named. */
  allowsPlainHttp(egressClass: EgressClass, destination: Destination): boolean;
}

interface Named {
  readonly hosts: ReadonlySet<string>;
  readonly ranges: readonly [ParsedAddress, number][];
}

const { IPv4, IPv6, isValidCIDR, parse, parseCIDR } = ipaddr;

export function createEgressRules(config: EgressConfig): EgressRules {
  const named = parseNamed(config.egressPrivateHosts);
  // On a developer's machine the demo's servers and identity provider run on loopback.
  const loopbackAllowed = !isProduction(config);
  const isNamed = ({ host, port }: Destination, address: string) =>
    named.hosts.has(`${host}:${port}`) || inRanges(named.ranges, address);
  return {
    allowsAddress(egressClass, destination, address) {
      const kind = classifyAddress(address);
      if (kind === 'public') return true;
      if (kind === 'forbidden' || egressClass === 'metadata') return false;
      return (kind === 'loopback' && loopbackAllowed) || isNamed(destination, address);
    },
    allowsPlainHttp(egressClass, destination) {
      if (egressClass === 'metadata') return false;
      if (isNamed(destination, destination.host)) return true;
      return loopbackAllowed && isLoopbackHost(destination.host);
    },
  };
}

export function destinationOf(url: URL): Destination {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return { host, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) };
}

/** Hosts with their ports, as a request of class `idp` names them; what is no URL has none. */
export function hostsOf(urls: readonly (string | undefined)[]): ReadonlySet<string> {
  const known = urls.filter((url) => url !== undefined && URL.canParse(url));
  return new Set(known.map((url) => nameOf(destinationOf(new URL(url as string)))));
}

/** Nothing that a provider says leads elsewhere than to where it was found, and where its discovery document puts it. */
export function foreignHost(destination: Destination): EgressProblem {
  return {
    kind: 'foreign-host',
    message: `${nameOf(destination)} is neither where the issuer of the identity provider is, nor an endpoint of its discovery document: nothing is sent there.`,
  };
}

export function nameOf({ host, port }: Destination): string {
  return `${host}:${port}`;
}

export function forbiddenAddress(destination: Destination): EgressProblem {
  return {
    kind: 'forbidden-address',
    message: `${destination.host} is at an address that requests may not go to. If it is a private address that is meant, the operator names ${destination.host}:${destination.port} in EGRESS_PRIVATE_HOSTS.`,
  };
}

function parseNamed(entries: readonly string[]): Named {
  const hosts = new Set<string>();
  const ranges: [ParsedAddress, number][] = [];
  for (const entry of entries) {
    if (isValidCIDR(entry)) ranges.push(parseCIDR(entry));
    else if (isIP(entry) !== 0) ranges.push([parse(entry), isIP(entry) === 4 ? 32 : 128]);
    else hosts.add(entry.toLowerCase().replace(/^\[(.*)\]:/, '$1:'));
  }
  return { hosts, ranges };
}

function inRanges(ranges: Named['ranges'], text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = unwrap(parse(text));
  return ranges.some(([network, bits]) => {
    if (address instanceof IPv4) return network instanceof IPv4 && address.match(network, bits);
    return network instanceof IPv6 && address.match(network, bits);
  });
}

function isLoopbackHost(host: string): boolean {
  if (isIP(host) !== 0) return classifyAddress(host) === 'loopback';
  return host === 'localhost' || host.endsWith('.localhost');
}

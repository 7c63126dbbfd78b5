import ipaddr from 'ipaddr.js';

const { IPv4, IPv6, isValid, parse } = ipaddr;
/** Either family, parsed. */
export type ParsedAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** `forbidden` is what no setting opens: link-local (cloud metadata services live there), multicast, reserved, tunnels. */
export type AddressKind = 'public' | 'loopback' | 'private' | 'forbidden';

const NAT64: [ipaddr.IPv6, number] = [IPv6.parse('64:ff9b::'), 96];
/** `::10.0.0.1`, long deprecated (RFC 4291 §2.5.5.1); the parser would take it for an IPv4-mapped one. */
const IPV4_COMPATIBLE = /^::\d+\.[\d.]+$/;
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [IPv6.parse('2000::'), 3];

/** What an address is, with those seen through that carry an IPv4 address inside. */
export function classifyAddress(text: string): AddressKind {
  if (!isValid(text) || IPV4_COMPATIBLE.test(text)) return 'forbidden';
  const address = unwrap(parse(text));
  return address instanceof IPv4 ? classifyV4(address) : classifyV6(address);
}

/** IPv4-mapped (`::ffff:10.0.0.1`) and NAT64 (`64:ff9b::10.0.0.1`, RFC 6052) reach the IPv4 address that they carry. */
export function unwrap(address: ParsedAddress): ParsedAddress {
  if (address instanceof IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return address.match(NAT64) ? new IPv4(address.toByteArray().slice(12)) : address;
}

function classifyV4(address: ipaddr.IPv4): AddressKind {
  const range = address.range();
  if (range === 'unicast') return 'public';
  if (range === 'loopback') return 'loopback';
  return range === 'private' || range === 'carrierGradeNat' ? 'private' : 'forbidden';
}

/** Public is only what lies in 2000::/3 and has no special meaning: 6to4, Teredo, site-local and the rest fall out. */
function classifyV6(address: ipaddr.IPv6): AddressKind {
  const range = address.range();
  if (range === 'loopback') return 'loopback';
  if (range === 'uniqueLocal') return 'private';
  return range === 'unicast' && address.match(GLOBAL_UNICAST) ? 'public' : 'forbidden';
}

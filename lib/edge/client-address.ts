import ipaddr from 'ipaddr.js';
import { keepAtHand } from '#lib/core';
import { ADDRESS_CHARS_MAX, ADDRESSES_KEPT_MAX, FORWARDED_FOR_CHARS_MAX } from './constants.ts';
import type { TrustedProxies } from './types.ts';

/** Compiles addresses and CIDR ranges; throws for what is neither, which the configuration has refused before. */
export function parseTrustedProxies(ranges: readonly string[]): TrustedProxies {
  const parsed = ranges.map((range) =>
    range.includes('/')
      ? ipaddr.parseCIDR(range)
      : ipaddr.parseCIDR(`${range}/${range.includes(':') ? 128 : 32}`),
  );
  return {
    contains(text) {
      const address = parseAddress(text);
      if (address === undefined) return false;
      return parsed.some(
        ([network, bits]) => address.kind() === network.kind() && address.match(network, bits),
      );
    },
  };
}

/**
 * The client's address: the socket's own, unless that is a trusted proxy; then the X-Forwarded-For entry it added, and
 * so on leftwards while the entry is itself a trusted proxy. What stands left of the first untrusted entry was written
 * by the client and never counts. An entry that is no address ends the walk at the proxy that passed it on.
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | null | undefined,
  trusted: TrustedProxies,
): string | undefined {
  let client = socketAddress === undefined ? undefined : normalAddress(socketAddress);
  if (client === undefined || !forwardedFor || forwardedFor.length > FORWARDED_FOR_CHARS_MAX) return client;
  const entries = forwardedFor.split(',');
  while (entries.length > 0 && trusted.contains(client)) {
    const entry = normalAddress(withoutPort((entries.pop() ?? '').trim()));
    if (entry === undefined) return client;
    client = entry;
  }
  return client;
}

/** `192.0.2.1:5678` and `[2001:db8::1]:5678`, as some proxies write them. */
function withoutPort(entry: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry;
}

/** Spellings seen lately: the same few clients and proxies come with every request. */
const normal = new Map<string, string | undefined>();

/** One spelling per address: IPv4 inside IPv6 as IPv4, IPv6 compressed, no zone. */
function normalAddress(text: string): string | undefined {
  if (normal.has(text)) return normal.get(text);
  const address = parseAddress(text)?.toString();
  return text.length > ADDRESS_CHARS_MAX ? address : keepAtHand(normal, ADDRESSES_KEPT_MAX, text, address);
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = text.split('%')[0] ?? '';
  // isValid alone accepts `1` and `0x7f.1` as IPv4 addresses.
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return undefined;
  return ipaddr.process(bare);
}

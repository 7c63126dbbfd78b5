import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { CONNECT_TIMEOUT_MS } from './constants.ts';
import { forbiddenAddress, type Destination, type EgressRules } from './egress-rules.ts';
import { EgressError } from './errors.ts';
import type { EgressClass, ResolveHost } from './types.ts';

interface ConnectorParts {
  readonly rules: EgressRules;
  readonly egressClass: EgressClass;
  readonly destination: Destination;
  readonly resolveHost: ResolveHost;
}

export const resolveByDns: ResolveHost = (host, done) => {
  dnsLookup(host, { all: true, order: 'verbatim' }, (error, addresses) => done(error, addresses ?? []));
};

/**
 * Connects to allowed addresses only. The name is resolved once, and what was checked is what is connected to, so a name
 * that changes its address in between (DNS rebinding) gains nothing. Hosts written as addresses never reach a lookup, and
 * are checked here; the peer of the finished connection is checked once more.
 */
export function createCheckedConnector(parts: ConnectorParts): buildConnector.connector {
  const { rules, egressClass, destination } = parts;
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    autoSelectFamily: true,
    lookup: createLookup(parts),
  });
  const allows = (address: string) => rules.allowsAddress(egressClass, destination, address);
  const refusal = () => new EgressError(forbiddenAddress(destination));
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !allows(host)) {
      queueMicrotask(() => callback(refusal(), null));
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error !== null || socket === null) return callback(error ?? refusal(), null);
      if (socket.remoteAddress !== undefined && allows(socket.remoteAddress)) return callback(null, socket);
      socket.destroy();
      callback(refusal(), null);
    });
  };
}

function createLookup({ rules, egressClass, destination, resolveHost }: ConnectorParts): LookupFunction {
  return (host, options, done) => {
    resolveHost(host, (error, addresses) => {
      if (error) return done(error, '', 0);
      const allowed = addresses.filter(({ address }) =>
        rules.allowsAddress(egressClass, destination, address),
      );
      const [first] = allowed;
      if (first === undefined) return done(new EgressError(forbiddenAddress(destination)), '', 0);
      if (options.all === true) done(null, [...allowed]);
      else done(null, first.address, first.family);
    });
  };
}

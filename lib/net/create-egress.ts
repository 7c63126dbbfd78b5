import { checkUrl } from './check-url.ts';
import { resolveByDns } from './checked-connector.ts';
import { FETCH_BYTES_MAX, FETCH_TIMEOUT_MS } from './constants.ts';
import { createEgressRules, destinationOf, foreignHost, nameOf } from './egress-rules.ts';
import { EgressError } from './errors.ts';
import { fetchWhole } from './fetch-whole.ts';
import { OriginDispatcher, Pools } from './pools.ts';
import { RateWindow } from './rate-window.ts';
import type { Egress, EgressClass, EgressDeps, EgressRequest } from './types.ts';

const UNAVAILABLE = { kind: 'unavailable', message: 'The address could not be read.' } as const;

export function createEgress(deps: EgressDeps): Egress {
  const { config, resolveHost = resolveByDns, monotonicNow = () => performance.now() } = deps;
  const rules = createEgressRules(config);
  const pools = new Pools({ rules, resolveHost, timeoutMs: config.upstreamTimeoutMs });
  const window = new RateWindow(monotonicNow);

  const checked = (egressClass: EgressClass, url: string | URL): URL => {
    const result = checkUrl(rules, egressClass, url);
    if (!result.ok) throw new EgressError(result.error);
    return result.value;
  };

  const fetchChecked = async (egressClass: EgressClass, text: string | URL, request: EgressRequest) => {
    const url = checked(egressClass, text);
    const destination = destinationOf(url);
    if (egressClass === 'idp' && request.hosts?.has(nameOf(destination)) !== true)
      throw new EgressError(foreignHost(destination));
    if (egressClass === 'metadata' && !window.take(url.hostname)) {
      throw new EgressError({ kind: 'rate-limited', message: 'Too many documents were asked for.' });
    }
    const ceiling = FETCH_BYTES_MAX[egressClass];
    return await fetchWhole(pools.of(egressClass, url.origin, 'calls'), url, request, {
      bytesMax: Math.min(request.bytesMax ?? ceiling, ceiling),
      timeoutMs: request.timeoutMs ?? FETCH_TIMEOUT_MS[egressClass],
    });
  };

  return {
    allowed: (egressClass, url) => checkUrl(rules, egressClass, url),
    pool: (egressClass, origin, use = 'calls') =>
      new OriginDispatcher(pools, egressClass, checked(egressClass, origin).origin, use),
    fetch: async (egressClass, url, request = {}) => {
      try {
        return await fetchChecked(egressClass, url, request);
      } catch (error) {
        if (egressClass !== 'metadata') throw error;
        deps.logger?.debug({ reason: String(error) }, 'a stranger’s document could not be read');
        // No cause either: whoever chose the URL must not learn more than that.
        throw new EgressError(UNAVAILABLE);
      }
    },
    activity: () => pools.activity(),
    close: async () => await pools.close(),
  };
}

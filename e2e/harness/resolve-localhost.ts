/**
 * Browsers know that every name under `localhost` is this machine; Node asks the system, which mostly does not. Imported for
 * its effect by whatever speaks to an instance under a host template.
 */
import dns from 'node:dns';

const lookup = dns.lookup;

type Callback = (error: Error | null, address?: unknown, family?: number) => void;

function lookupLocalhost(hostname: string, options: unknown, callback?: Callback): void {
  const done = (callback ?? options) as Callback;
  if (!hostname.endsWith('.localhost')) {
    (lookup as (...args: unknown[]) => void)(hostname, options, callback);
    return;
  }
  const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
  if (all) process.nextTick(done, null, [{ address: '127.0.0.1', family: 4 }]);
  else process.nextTick(done, null, '127.0.0.1', 4);
}

dns.lookup = lookupLocalhost as unknown as typeof dns.lookup;

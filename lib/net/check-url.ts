import { isIP } from 'node:net';
import { err, ok, type Result } from '#lib/core';
import { destinationOf, forbiddenAddress, type EgressRules } from './egress-rules.ts';
import type { EgressProblem } from './errors.ts';
import type { EgressClass } from './types.ts';

/** What a URL says by itself about whether a request may go there. */
export function checkUrl(
  rules: EgressRules,
  egressClass: EgressClass,
  text: string | URL,
): Result<URL, EgressProblem> {
  if (!URL.canParse(String(text))) return err({ kind: 'malformed', message: 'This is not an absolute URL.' });
  const url = new URL(String(text));
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return err({
      kind: 'malformed',
      message: `${url.protocol} is not a scheme that can be fetched: use https.`,
    });
  }
  if (url.username !== '' || url.password !== '') {
    return err({ kind: 'malformed', message: 'A URL must not carry a user name or password.' });
  }
  const destination = destinationOf(url);
  if (isIP(destination.host) !== 0 && !rules.allowsAddress(egressClass, destination, destination.host)) {
    return err(forbiddenAddress(destination));
  }
  if (url.protocol === 'http:' && !rules.allowsPlainHttp(egressClass, destination)) {
    return err({
      kind: 'insecure',
      message: `${destination.host} must be spoken to over https. Plain http is for private hosts that the operator names (${destination.host}:${destination.port} in EGRESS_PRIVATE_HOSTS).`,
    });
  }
  return ok(url);
}

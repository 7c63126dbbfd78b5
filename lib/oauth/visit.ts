import type { IncomingMessage } from 'node:http';
import type { BrowserSession } from '#lib/identity';

/** What is known of a request before oidc-provider sees it; handed past it, for it would not carry it. */
export interface Visit {
  readonly session?: BrowserSession;
  readonly ip: string;
  /** `Sec-Fetch-Site`, which scripts can't set. */
  readonly fetchSite: string | null;
}

const VISITS = new WeakMap<IncomingMessage, Visit>();

export function rememberVisit(message: IncomingMessage, visit: Visit): void {
  VISITS.set(message, visit);
}

export function visitOf(message: IncomingMessage): Visit | undefined {
  return VISITS.get(message);
}

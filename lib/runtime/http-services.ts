import { randomBytes } from 'node:crypto';
import { TooManyQuestions } from '#lib/console';
import type { TenantSlug } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { KeyUnavailable } from '#lib/keys';
import { StrangerLimits, type HttpServices } from '#lib/http';
import { explainRefusedLog, LogUnavailable } from '#lib/receipts';
import { createPageStatuses } from './page-statuses.ts';
import type { InternalHeaders, Modules } from './types.ts';

/** Names that no client can guess: the listener tells handlers, Next's included, what only the socket's owner knows. */
export function createInternalHeaders(): InternalHeaders {
  const secret = randomBytes(16).toString('hex');
  return { clientAddress: `x-internal-${secret}-client`, requestId: `x-internal-${secret}-request` };
}

/** PostgreSQL is not there, or not now: connection refused or lost, starting, stopping, out of time. */
const CONNECTION_LOST = /^(ECONN|EPIPE|ETIMEDOUT|08|57P0|53|P1001|P1002|P1008|P1017|P2024|P2028)/;

/** What routes and pages are answered with. */
export function createHttpServices(modules: Modules, internal: InternalHeaders): HttpServices {
  const { addresses, config, identity, receipts, telemetry } = modules;
  return {
    addresses,
    tenants: { bySlug: async (slug) => await servedTenant(modules, slug) },
    sessions: identity.sessions,
    logger: telemetry.logger,
    requestId: (headers) => headers.get(internal.requestId) ?? telemetry.requestId(),
    clientAddress: (headers) => headers.get(internal.clientAddress) ?? undefined,
    isUnavailable,
    explainRefusal: explainRefusedLog,
    pageStatuses: createPageStatuses(),
    strangers: new StrangerLimits(config.beginningsPerMinute, () => performance.now()),
    bodyBytesMax: config.bodyBytesMax,
    countRefusal: (tenant, reason) => receipts.refuse(tenant?.id, reason),
  };
}

/**
 * A tenant whose log is refused (its database was restored) is served nothing at all, also what needs no receipt: what
 * the rows say of sessions, people and keys is as old as the log. @throws {HighWaterError, LogUnavailable}
 */
async function servedTenant(
  { identity, receipts }: Modules,
  slug: TenantSlug,
): Promise<TenantRecord | undefined> {
  const tenant = await identity.tenants.bySlug(slug);
  if (tenant?.state === 'active' && receipts.cachedLog(tenant.id) === undefined)
    await receipts.log(tenant.id);
  return tenant;
}

const UNAVAILABLE = [LogUnavailable, KeyUnavailable, TooManyQuestions] as const;

/** Lost infrastructure, or too much asked of it, as opposed to a defect of ours. Looks through the causes that libraries wrap. */
export function isUnavailable(error: unknown): boolean {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    if (UNAVAILABLE.some((kind) => current instanceof kind)) return true;
    const { code } = current as { code?: unknown };
    if (typeof code === 'string' && CONNECTION_LOST.test(code)) return true;
    if (
      /Connection terminated|timeout exceeded when trying to connect|Query read timeout/i.test(
        current.message,
      )
    )
      return true;
    current = current.cause;
  }
  return false;
}

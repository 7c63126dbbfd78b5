import { randomUUID } from 'node:crypto';
import type { Principal, ServerId, TenantSlug } from '#lib/core';
import type { TenantRecord } from '#lib/identity';
import { accessOf, type Access } from './recent-revocations.ts';

/** For whom an upstream's session is opened. A process behind one is theirs alone, and ends with their access. */
export interface UpstreamOwner extends Access {
  readonly tenantSlug: TenantSlug;
}

export function ownerOf(principal: Principal): UpstreamOwner {
  return { ...accessOf(principal), tenantSlug: principal.tenantSlug };
}

/** Nobody's but this one reading's of what a server offers. */
export function ourselves({ id, slug }: TenantRecord, server: ServerId): UpstreamOwner {
  const grant = `reading:${randomUUID()}`;
  return { tenant: id, tenantSlug: slug, server, grant, client: 'countersign', person: undefined };
}

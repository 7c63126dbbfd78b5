import type { Principal } from '#lib/core';
import type { RevocationNotice } from '#lib/db';
import { RECENT_REVOCATIONS_MAX } from './constants.ts';

export type Revocation = Pick<RevocationNotice, 'tenant' | 'kind' | 'subject'>;

/** Everything by which access can be lost. */
export interface Access {
  readonly tenant: string;
  readonly grant: string;
  readonly person: string | undefined;
  readonly client: string;
  readonly server: string;
  /** Hex SHA-256 of the session's id, where there is one. */
  readonly session?: string;
}

export function accessOf(principal: Principal): Access {
  const { tenant, grant, server, person, agent } = principal;
  return { tenant, grant, server, person: person?.id, client: agent.clientId };
}

/** The access ends with what was revoked. */
export function endsAccess({ tenant, kind, subject }: Revocation, access: Access): boolean {
  if (access.tenant !== tenant) return false;
  switch (kind) {
    case 'tenant':
      return true;
    case 'session':
      return access.session === subject;
    case 'grant':
      return access.grant === subject;
    case 'person':
      return access.person === subject;
    case 'client':
      return access.client === subject;
    case 'server':
      return access.server === subject;
    case 'token':
      return false;
  }
}

/**
 * The last revocations, so that a request whose token was checked before a pause (a body that trickles in) can ask
 * whether one concerned it meanwhile. One comparison where nothing was revoked.
 */
export class RecentRevocations {
  #notices: Revocation[] = [];
  /** How many there have been in this process. */
  count = 0;

  add(notice: Revocation): void {
    this.#notices[this.count % RECENT_REVOCATIONS_MAX] = notice;
    this.count += 1;
  }

  /** True also where there were more than are remembered. */
  touched(principal: Principal, since: number): boolean {
    if (since === this.count) return false;
    if (this.count - since > RECENT_REVOCATIONS_MAX) return true;
    const access = accessOf(principal);
    for (let index = since; index < this.count; index += 1) {
      if (endsAccess(this.#notices[index % RECENT_REVOCATIONS_MAX] as Revocation, access)) return true;
    }
    return false;
  }
}

import type { BrowserSession, ReceiptActor } from '#lib/runtime';

/** Who reads a tenant's configuration, and who changes it. */
export const READERS = { roles: ['admin', 'auditor'] } as const;
export const WRITERS = { roles: ['admin'] } as const;

/** Whom a receipt names for a change that came over HTTP. */
export function actorOf({ person }: BrowserSession, ip: string | undefined): ReceiptActor {
  return { mode: 'user', person, ...(ip === undefined ? {} : { ip }) };
}

/** The conditions of RFC 9110 §13.1, as they came. */
export function conditionsOf({ headers }: Request): {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
} {
  const [ifMatch, ifNoneMatch] = [headers.get('if-match'), headers.get('if-none-match')];
  return {
    ...(ifMatch === null ? {} : { ifMatch }),
    ...(ifNoneMatch === null ? {} : { ifNoneMatch }),
  };
}

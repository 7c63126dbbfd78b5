import { z } from 'zod';
import type { KeyOverview } from '#lib/runtime';

const time = z.string();
const state = z.enum(['inactive', 'active', 'retired', 'scheduled', 'destroyed']);

/** Keys as the API writes them: public facts, and where the log speaks of each. */
export const keysOutput = z.strictObject({
  trust_url: z.string(),
  signing: z.array(
    z.strictObject({
      purpose: z.enum(['receipt', 'log', 'access-token', 'mint']),
      kid: z.string(),
      state,
      public_jwk: z.strictObject({ kty: z.string(), crv: z.string(), x: z.string() }),
      created_at: time,
      activated_at: time.optional(),
      retired_at: time.optional(),
      announced_by: z.string().optional(),
      vkey: z.string().optional(),
    }),
  ),
  sealing: z.array(
    z.strictObject({
      purpose: z.enum(['data', 'archive', 'lookup']),
      id: z.string(),
      state,
      created_at: time,
    }),
  ),
  encryption: z.array(z.strictObject({ id: z.string(), provider: z.string(), state, created_at: time })),
});

const iso = (ms: number) => new Date(ms).toISOString();

export function renderKeys({
  trustUrl,
  signing,
  sealing,
  encryption,
}: KeyOverview): z.input<typeof keysOutput> {
  return {
    trust_url: trustUrl,
    signing: signing.map(({ purpose, kid, publicJwk, announcedBy, vkey, ...key }) => ({
      purpose,
      kid,
      state: key.state,
      public_jwk: publicJwk,
      created_at: iso(key.createdAt),
      ...(key.activatedAt === undefined ? {} : { activated_at: iso(key.activatedAt) }),
      ...(key.retiredAt === undefined ? {} : { retired_at: iso(key.retiredAt) }),
      ...(announcedBy === undefined ? {} : { announced_by: announcedBy }),
      ...(vkey === undefined ? {} : { vkey }),
    })),
    sealing: sealing.map(({ createdAt, ...key }) => ({ ...key, created_at: iso(createdAt) })),
    encryption: encryption.map(({ createdAt, ...key }) => ({ ...key, created_at: iso(createdAt) })),
  };
}

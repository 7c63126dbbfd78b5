import { z } from 'zod';
import type { ServerDraft } from './types.ts';

const credentialKind = z.enum([
  'minted',
  'none',
  'oauth_user',
  'oauth_client',
  'token_exchange',
  'user_secret',
  'static',
]);

/** The column `settings`: what a server has besides id, title and URL. */
const stored = z.strictObject({
  credential: z.strictObject({ user: credentialKind.exactOptional(), agent: credentialKind.exactOptional() }),
  emailAllowed: z.boolean(),
  allowMethods: z.array(z.string()),
  waivers: z.array(z.string()),
  timeoutMs: z.int().positive(),
});

export type ServerSettings = z.infer<typeof stored>;

export function settingsOf(draft: ServerDraft): ServerSettings {
  const { credential, emailAllowed, timeoutMs } = draft;
  const allowMethods = [...new Set(draft.allowMethods)].toSorted();
  const waivers = [...new Set(draft.waivers)].toSorted();
  return { credential: { ...credential }, emailAllowed, allowMethods, waivers, timeoutMs };
}

/** Undefined for what no save here has written. */
export function readSettings(column: unknown): ServerSettings | undefined {
  return stored.safeParse(column).data;
}

/** @throws {z.ZodError} when the row was not written by this module. */
export function parseSettings(column: unknown): ServerSettings {
  return stored.parse(column);
}

import { z } from 'zod';
import type { PersonRow, PersonView } from '#lib/runtime';

const role = z.enum(['member', 'approver', 'auditor', 'admin']);

const row = {
  reference: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  groups: z.array(z.string()),
  roles: z.array(role),
  state: z.enum(['active', 'disabled']),
  last_sign_in_at: z.string().optional(),
  is_self: z.boolean(),
};

/** A person as the API lists them. */
export const personRowOutput = z.strictObject(row);

/** A person with what lives of their access. */
export const personOutput = z.strictObject({
  ...row,
  issuer: z.string(),
  subject: z.string(),
  granted: z.array(z.strictObject({ role, groups: z.array(z.string()) })),
  sessions: z.int(),
  agents: z.array(
    z.strictObject({
      client_id: z.string(),
      name: z.string(),
      origin: z.enum(['file', 'dynamic', 'unknown']),
      servers: z.array(z.string()),
      last_used_at: z.string().optional(),
    }),
  ),
});

/** What an act on a person ended. */
export const endedOutput = z.strictObject({ sessions: z.int(), grants: z.int() });

export const personParams = z.object({
  tenant: z.string(),
  reference: z.string().regex(/^[\w-]{1,64}$/),
});

const iso = (ms: number) => new Date(ms).toISOString();

export function renderPersonRow(person: PersonRow): z.input<typeof personRowOutput> {
  const { reference, name, email, groups, roles, state, lastSignInAt, isSelf } = person;
  return {
    reference,
    groups: [...groups],
    roles: [...roles],
    state,
    is_self: isSelf,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(lastSignInAt === undefined ? {} : { last_sign_in_at: iso(lastSignInAt) }),
  };
}

export function renderPerson(person: PersonView): z.input<typeof personOutput> {
  const { issuer, subject, granted, sessions, agents } = person;
  return {
    ...renderPersonRow(person),
    issuer,
    subject,
    granted: granted.map(({ role: given, groups }) => ({ role: given, groups: [...groups] })),
    sessions,
    agents: agents.map(({ clientId, name, origin, grants }) => {
      const used = grants.flatMap(({ lastUsedAt }) => lastUsedAt ?? []);
      return {
        client_id: clientId,
        name,
        origin,
        servers: [...new Set(grants.map(({ server }) => server as string))],
        ...(used.length === 0 ? {} : { last_used_at: iso(Math.max(...used)) }),
      };
    }),
  };
}

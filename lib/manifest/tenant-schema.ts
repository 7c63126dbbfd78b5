import { z } from 'zod';
import { parseServerId, parseTenantSlug, type Result } from '#lib/core';
import {
  AGENTS_MAX,
  GRANT_HOURS_DEFAULT,
  GRANT_HOURS_MAX,
  REFRESH_REPLAY_SECONDS_DEFAULT,
  REFRESH_REPLAY_SECONDS_MAX,
  SERVER_TIMEOUT_SECONDS_DEFAULT,
  SERVER_TIMEOUT_SECONDS_MAX,
  SERVERS_MAX,
  WAIVERS_MAX,
} from './constants.ts';

/** A branded id of core, with core's own words about what is wrong with it. */
function parsed<Value>(parse: (text: string) => Result<Value, string>) {
  return z.string().transform((text, context) => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: result.error });
    return z.NEVER;
  });
}

const text = z.string().trim().min(1, 'is empty').max(200, 'is longer than 200 characters');
const group = z.string().min(1).max(256);
const role = z.enum(['member', 'approver', 'auditor', 'admin']);

/** A secret stands outside the file; which references are good is judged where they are resolved. */
const secretReference = z
  .string()
  .regex(
    /^(env|file):/,
    'a secret is given by reference, env:COUNTERSIGN_SECRET_… or file:<name>, never in the file itself',
  );

const httpUrl = z.string().superRefine((value, context) => {
  const url = URL.parse(value);
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  if (url === null || !/^https?:$/.test(url.protocol)) refuse('is not an http or https URL');
  else if (url.username !== '' || url.password !== '')
    refuse('holds a user name or password: give credentials by reference');
  else if (url.hash !== '') refuse('has a fragment, which no server ever sees');
});

const tenant = z.strictObject({
  slug: parsed(parseTenantSlug),
  display_name: text,
  /** Marks every page; production refuses such a tenant. Fixed when the tenant is made. */
  demo: z.boolean().default(false),
});

const identityProvider = z.strictObject({
  issuer: httpUrl,
  client_id: z.string().min(1).max(255),
  client_secret: secretReference.optional(),
  client_authentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is not a scope'))
    .max(20)
    .optional(),
  groups_claim: z.string().min(1).max(128).default('groups'),
  missing_groups: z.enum(['refuse', 'none']).default('refuse'),
  userinfo: z.boolean().default(false),
});

/** What exists today. The other kinds are refused until their issue builds them. */
const credentialKind = z.enum(['minted', 'none']);

const METHOD = /^[A-Za-z][A-Za-z0-9_-]*(\/[A-Za-z0-9_-]+)*$/;

const server = z.strictObject({
  id: parsed(parseServerId),
  title: text,
  url: httpUrl,
  credential: z
    .strictObject({ user: credentialKind.optional(), agent: credentialKind.optional() })
    .refine(
      ({ user, agent }) => user !== undefined || agent !== undefined,
      'names no kind: user, agent or both',
    ),
  email: z.boolean().default(false),
  allow_methods: z.array(z.string().max(128).regex(METHOD, 'is not a method name')).max(50).default([]),
  without_attempt: z.array(z.string().min(1).max(256)).max(WAIVERS_MAX).default([]),
  timeout_seconds: z.int().min(1).max(SERVER_TIMEOUT_SECONDS_MAX).default(SERVER_TIMEOUT_SECONDS_DEFAULT),
});

const agent = z.strictObject({
  client_id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/, "is letters, digits, '.', '_', '~' and '-', 128 at most"),
  name: text,
  secret: secretReference.optional(),
  /** Email of the person answerable for it. */
  owner: z.email('is not an email address').optional(),
  redirect_uris: z.array(z.string()).max(20).default([]),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token', 'client_credentials']))
    .min(1)
    .optional(),
  authentication: z.enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']).optional(),
  jwks: z.record(z.string(), z.json()).optional(),
});

const policy = z.union([z.string().min(1), z.strictObject({ file: z.string().min(1).max(500) })], {
  error: 'is Cedar text, or {file: <path below this file’s folder>}',
});

/** The tenant file. Unknown members are refused everywhere. */
export const tenantSchema = z.strictObject({
  tenant,
  admission: z.enum(['listed', 'approval', 'open']).default('approval'),
  grants: z
    .strictObject({
      hours: z.number().positive().max(GRANT_HOURS_MAX).default(GRANT_HOURS_DEFAULT),
      refresh_replay_seconds: z
        .int()
        .min(0)
        .max(REFRESH_REPLAY_SECONDS_MAX)
        .default(REFRESH_REPLAY_SECONDS_DEFAULT),
    })
    .prefault({}),
  identity_provider: identityProvider.optional(),
  roles: z.record(group, z.array(role).min(1)).optional(),
  servers: z.array(server).max(SERVERS_MAX).default([]),
  policies: z.record(z.string(), policy).default({}),
  agents: z.array(agent).max(AGENTS_MAX).default([]),
});

export type TenantDocument = z.infer<typeof tenantSchema>;
export type ServerEntry = TenantDocument['servers'][number];
export type AgentEntry = TenantDocument['agents'][number];

import { z } from 'zod';
import {
  CLIENT_ID_PATTERN,
  DNS_LABEL_PATTERN,
  hasDeceptiveCharacters,
  parseTenantSlug,
  type Result,
} from '#lib/core';
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
import { isReserved, parseNewServerId, RESERVED } from './reserved-ids.ts';
import { httpUrl, serverUrl } from './url-schemas.ts';

/** A branded id of core, with core's own words about what is wrong with it. */
function parsed<Value>(parse: (text: string) => Result<Value, string>) {
  return z.string().transform((text, context) => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: result.error });
    return z.NEVER;
  });
}

/** Shown to people: nothing in it may look like something else. */
const text = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(200, 'is longer than 200 characters')
  .refine((value) => !hasDeceptiveCharacters(value), {
    error: 'contains control, bidirectional or invisible characters',
  });
const group = z.string().min(1).max(256);
const role = z.enum(['member', 'approver', 'auditor', 'admin']);

/** A secret stands outside the file; which references are good is judged where they are resolved. */
const secretReference = z
  .string()
  .regex(
    /^(env|file):/,
    'a secret is given by reference, env:COUNTERSIGN_SECRET_… or file:<name>, never in the file itself',
  );

export const displayName = text.meta({ description: 'Shown to people.' });
export const admission = z.enum(['listed', 'approval', 'open']).meta({
  description:
    'Which agents may come. listed: those that an admin names. approval: an admin admits each new one. open: any.',
  default: 'approval',
});
export const grants = z
  .strictObject({
    hours: z.number().positive().max(GRANT_HOURS_MAX).optional().meta({
      description: 'Absolute life of what a person granted an agent; no refresh outlives it.',
      default: GRANT_HOURS_DEFAULT,
    }),
    refresh_replay_seconds: z.int().min(0).max(REFRESH_REPLAY_SECONDS_MAX).optional().meta({
      description:
        'How long a refresh token presented again by the same client gets the same answer; 0: never.',
      default: REFRESH_REPLAY_SECONDS_DEFAULT,
    }),
  })
  .meta({ description: 'How long what is granted to agents holds.' });

const tenant = z.strictObject({
  slug: parsed(parseTenantSlug).meta({
    description: 'One DNS label; part of every address. A changed slug is another tenant.',
    pattern: DNS_LABEL_PATTERN,
  }),
  display_name: displayName.optional(),
  demo: z.boolean().default(false).meta({
    description: 'Marks every page; production refuses such a tenant. Fixed when the tenant is made.',
  }),
});

export const roles = z.record(group, z.array(role).min(1)).meta({
  description: 'From group to roles in Countersign itself; * is everybody whom the provider lets in.',
});

export const identityProviderEntry = z.strictObject({
  issuer: httpUrl.meta({ description: 'Issuer URL of the OpenID Provider.' }),
  client_id: z.string().min(1).max(255).meta({ description: "Countersign's own client at the provider." }),
  client_secret: secretReference.optional().meta({
    description: 'env:COUNTERSIGN_SECRET_… or file:<name below SECRETS_DIR>.',
  }),
  client_authentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic')
    .meta({ description: 'How Countersign authenticates at the token endpoint. none: PKCE alone.' }),
  scopes: z
    .array(
      z
        .string()
        .max(256)
        .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is not a scope'),
    )
    .max(20)
    .optional()
    .meta({ description: 'Besides openid.', default: ['profile', 'email'] }),
  groups_claim: z
    .union([z.string().min(1).max(255), z.array(z.string().min(1).max(255)).min(1).max(5)])
    .default('groups')
    .meta({
      description:
        'The claim that lists groups: its name; dots between names or a list of names lead into nested claims; a URL is one name.',
    }),
  groups_format: z.enum(['list', 'single', 'space', 'comma']).default('list').meta({
    description:
      'What a text in that claim is: refused (list), one group, or groups with spaces or commas between them.',
  }),
  missing_groups: z.enum(['refuse', 'none']).default('refuse').meta({
    description: 'What no groups claim at all means: no sign-in, or no groups.',
  }),
  userinfo: z.boolean().default(false).meta({
    description: 'Take claims that the ID token lacks from the userinfo endpoint.',
  }),
  endpoint_hosts: z.array(z.string()).default([]).meta({
    description:
      "Hosts where its token endpoint, keys and userinfo may be, besides the issuer's. Left out: those that its first discovery document names. Another one later is refused until it stands here.",
  }),
});

/** What exists today. The other kinds are refused until their issue builds them. */
const credentialKind = z.enum(['minted', 'none']);

const METHOD = /^[A-Za-z][A-Za-z0-9_-]*(\/[A-Za-z0-9_-]+)*$/;

export const serverId = parsed(parseNewServerId).meta({
  description: 'Path segment of its address: agents connect to <canonical URL>/mcp/<id>.',
  pattern: DNS_LABEL_PATTERN,
});

export const serverEntry = z.strictObject({
  id: serverId,
  title: text.meta({ description: 'Shown to people.' }),
  url: serverUrl.meta({
    description:
      'Its MCP endpoint (streamable HTTP), and the audience of minted tokens; or stdio:<name>, a program that the operator opened to this tenant.',
  }),
  credential: z
    .strictObject({ user: credentialKind.optional(), agent: credentialKind.optional() })
    .refine(
      ({ user, agent }) => user !== undefined || agent !== undefined,
      'names no kind: user, agent or both',
    )
    .meta({ description: 'What goes out, per mode. A mode that is left out is not served.' }),
  email: z.boolean().default(false).meta({ description: "Minted tokens carry the person's email." }),
  allow_methods: z.array(z.string().max(128).regex(METHOD, 'is not a method name')).max(50).default([]).meta({
    description: "Methods outside the protocol's revision that may pass, each decided by policy.",
  }),
  without_attempt: z.array(z.string().min(1).max(256)).max(WAIVERS_MAX).default([]).meta({
    description: 'Tools whose calls go without an attempt in the log first.',
  }),
  timeout_seconds: z
    .int()
    .min(1)
    .max(SERVER_TIMEOUT_SECONDS_MAX)
    .default(SERVER_TIMEOUT_SECONDS_DEFAULT)
    .meta({ description: 'How long a call may take.' }),
});

export const clientId = z
  .string()
  .regex(new RegExp(CLIENT_ID_PATTERN), "is letters, digits, '.', '_', '~' and '-', 128 at most")
  .refine((id) => !isReserved('agent', id), { error: RESERVED });

/** An email, or the reference that receipts carry. */
const owner = z
  .union([z.email(), z.string().regex(/^[\w-]{22}$/)], {
    error: 'is neither an email address nor a reference to a person',
  })
  .meta({ description: 'Email or reference of the person answerable for it.' });

export const authentication = z.enum([
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
]);

export const agentEntry = z.strictObject({
  client_id: clientId.meta({ description: 'OAuth client id of an agent that an admin vouches for.' }),
  name: text.meta({ description: 'Shown to people.' }),
  secret: secretReference.optional().meta({
    description: 'env:COUNTERSIGN_SECRET_… or file:<name below SECRETS_DIR>; 32 characters or more.',
  }),
  owner: owner.optional(),
  redirect_uris: z
    .array(z.string().max(2048))
    .max(20)
    .default([])
    .meta({ description: 'For authorization_code.' }),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token', 'client_credentials']))
    .min(1)
    .max(3)
    .optional()
    .meta({
      description: 'What it may ask for; client_credentials is for an agent without users.',
      default: ['authorization_code', 'refresh_token'],
    }),
  authentication: authentication.optional().meta({
    description: 'How it authenticates. Default: client_secret_basic with a secret, none without.',
  }),
  jwks: z
    .record(z.string(), z.unknown())
    .refine((value) => z.json().safeParse(value).success, 'holds what JSON can not')
    .optional()
    .meta({ description: 'Public keys, for private_key_jwt.' }),
});

/** What Cedar's own rules for ids leave open is judged with the texts. */
export const policyId = z.string().refine((id) => !isReserved('policy', id), { error: RESERVED });

const policy = z
  .union([z.string().min(1), z.strictObject({ file: z.string().min(1).max(500) })], {
    error: 'is Cedar text, or {file: <path below this file’s folder>}',
  })
  .meta({ description: 'Cedar: exactly one policy, as text or in a file of its own.' });

/** The tenant file. Unknown members are refused everywhere. */
export const tenantSchema = z.strictObject({
  tenant,
  admission: admission.optional(),
  grants: grants.optional(),
  identity_provider: identityProviderEntry.optional(),
  roles: roles.optional(),
  servers: z.array(serverEntry).max(SERVERS_MAX).default([]).meta({ description: 'MCP servers.' }),
  policies: z.record(policyId, policy).default({}).meta({ description: 'Cedar policies by id.' }),
  agents: z
    .array(agentEntry)
    .max(AGENTS_MAX)
    .default([])
    .meta({ description: 'Agents that an admin names.' }),
});

export type TenantDocument = z.infer<typeof tenantSchema>;
export type ServerEntry = z.infer<typeof serverEntry>;
export type AgentEntry = z.infer<typeof agentEntry>;
export type IdentityProviderEntry = z.infer<typeof identityProviderEntry>;

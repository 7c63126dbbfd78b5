import type { Role } from '#lib/core';
import { z } from 'zod';
import { CLAIM_NAME_CHARS_MAX, GROUPS_PATH_MAX } from './constants.ts';
import { endpointHosts } from './endpoint-hosts.ts';
import { groupsPath } from './read-groups.ts';
import type { IdentityProviderSettings } from './types.ts';

const ROLES = ['member', 'approver', 'auditor', 'admin'] as const satisfies readonly Role[];

const LOOPBACK_ISSUER = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?(?:\/|$)/;

const issuer = z
  .url()
  .refine((url) => url.startsWith('https://') || LOOPBACK_ISSUER.test(url), {
    error: 'an issuer is an https URL (http only on 127.0.0.1 or localhost)',
  })
  .refine((url) => !/[?#]/.test(url), {
    error: 'an issuer has neither query nor fragment (OpenID Connect Discovery §2)',
  });

const claimName = z.string().min(1, 'a claim has a name').max(CLAIM_NAME_CHARS_MAX);
const groupsClaim = z.union(
  [
    claimName.refine((text) => groupsPath(text).every((name) => name !== ''), {
      error: 'has an empty name between dots',
    }),
    z.array(claimName).min(1).max(GROUPS_PATH_MAX),
  ],
  { error: 'is the name of a claim, names with dots between them, or a list of names from the outside in' },
);

/** What a tenant's file may say about its OpenID Provider; unknown members are refused. */
export const identityProviderSettings: z.ZodType<IdentityProviderSettings> = z.strictObject({
  issuer,
  clientId: z.string().min(1).max(255),
  clientAuthentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/))
    .max(20)
    .default(['profile', 'email']),
  groupsClaim: groupsClaim.default('groups'),
  groupsFormat: z.enum(['list', 'single', 'space', 'comma']).default('list'),
  missingGroups: z.enum(['refuse', 'none']).default('refuse'),
  userinfo: z.boolean().default(false),
  endpointHosts: endpointHosts.default([]),
  roleMapping: z
    .record(z.string().min(1).max(256), z.array(z.enum(ROLES)).min(1))
    .default({ '*': ['member'] }),
});

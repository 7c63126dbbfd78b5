import type { Role } from '#lib/core';
import { z } from 'zod';
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
  groupsClaim: z.string().min(1).max(128).default('groups'),
  missingGroups: z.enum(['refuse', 'none']).default('refuse'),
  userinfo: z.boolean().default(false),
  roleMapping: z
    .record(z.string().min(1).max(256), z.array(z.enum(ROLES)).min(1))
    .default({ '*': ['member'] }),
});

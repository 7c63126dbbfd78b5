import {
  err,
  hasDeceptiveCharacters,
  isJsonObject,
  ok,
  type JsonObject,
  type Json,
  type Result,
  type Role,
} from '#lib/core';
import { EMAIL_CHARS_MAX, NAME_CHARS_MAX, SUBJECT_CHARS_MAX } from './constants.ts';
import { ssoProblem } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';
import { readGroups } from './read-groups.ts';
import type { IdentityProviderSettings, PersonClaims } from './types.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Claims of the ID token; what it lacks, on any level, may come from userinfo, which never overrides it. */
export function mergeClaims(idToken: JsonObject, userinfo: JsonObject | undefined): JsonObject {
  const merged: Record<string, Json> = { ...userinfo, ...idToken };
  for (const [name, value] of Object.entries(idToken)) {
    const other = userinfo !== undefined && Object.hasOwn(userinfo, name) ? userinfo[name] : undefined;
    if (isJsonObject(value) && isJsonObject(other)) merged[name] = mergeClaims(value, other);
  }
  return merged;
}

/**
 * A person as the provider vouches for them, by the tenant's rules: the groups claim is a list of names or the sign-in
 * is refused, an email counts only if verified, and somebody without any role stays outside.
 */
export function readClaims(
  claims: JsonObject,
  settings: IdentityProviderSettings,
): Result<PersonClaims, SsoProblem> {
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '' || subject.length > SUBJECT_CHARS_MAX) {
    return err(ssoProblem('response-invalid'));
  }
  const groups = readGroups(claims, settings);
  if (!groups.ok) return groups;
  const roles = rolesOf(groups.value, settings.roleMapping);
  if (roles.length === 0) return err(ssoProblem('no-role'));
  const email = readEmail(claims);
  const name = readName(claims);
  return ok({
    issuer: settings.issuer,
    subject,
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    groups: groups.value,
    roles,
  });
}

/** In the order of `Role`, without repetition. */
export function rolesOf(
  groups: readonly string[],
  mapping: IdentityProviderSettings['roleMapping'],
): readonly Role[] {
  const granted = new Set<Role>(Object.hasOwn(mapping, '*') ? mapping['*'] : []);
  for (const group of groups) {
    // `*` is everybody's; a group of that name at the provider means nothing here.
    if (group === '*' || !Object.hasOwn(mapping, group)) continue;
    for (const role of mapping[group] ?? []) granted.add(role);
  }
  const order: readonly Role[] = ['member', 'approver', 'auditor', 'admin'];
  return order.filter((role) => granted.has(role));
}

function readEmail(claims: JsonObject): string | undefined {
  const email = claims['email'];
  // Some providers send the string "true"; only the boolean is what OpenID Connect Core §5.1 defines.
  if (claims['email_verified'] !== true || typeof email !== 'string') return undefined;
  const plain = email.length <= EMAIL_CHARS_MAX && /^[^\s@]+@[^\s@]+$/.test(email);
  return plain && !hasDeceptiveCharacters(email) ? email : undefined;
}

function readName(claims: JsonObject): string | undefined {
  const name = claims['name'];
  if (typeof name !== 'string') return undefined;
  // People choose their names at the provider: none may turn around what stands beside it on an admin's page.
  const shown = [...name.replaceAll(new RegExp(CONTROL, 'g'), ' ')].filter(
    (character) => !hasDeceptiveCharacters(character),
  );
  const plain = shown.join('').trim();
  return plain === '' ? undefined : [...plain].slice(0, NAME_CHARS_MAX).join('');
}

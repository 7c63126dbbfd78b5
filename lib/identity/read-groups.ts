import { err, isJsonObject, ok, type JsonObject, type Json, type Result } from '#lib/core';
import { GROUP_CHARS_MAX, GROUPS_MAX, GROUPS_TEXT_CHARS_MAX } from './constants.ts';
import { ssoProblem } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';
import type { IdentityProviderSettings } from './types.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

type GroupsSettings = Pick<IdentityProviderSettings, 'groupsClaim' | 'groupsFormat' | 'missingGroups'>;

/**
 * Where the groups stand, as names from the outside in. What the tenant's file says decides it alone, never what arrives:
 * a list is taken name by name, dots in a text separate levels (`realm_access.roles`), a URL is one name.
 */
export function groupsPath(claim: IdentityProviderSettings['groupsClaim']): readonly string[] {
  if (typeof claim !== 'string') return claim;
  return claim.includes('://') ? [claim] : claim.split('.');
}

/** The groups by the tenant's rules: what is not exactly as promised refuses the sign-in. */
export function readGroups(
  claims: JsonObject,
  settings: GroupsSettings,
): Result<readonly string[], SsoProblem> {
  const path = groupsPath(settings.groupsClaim);
  const claim = valueAt(claims, path);
  if (claim === undefined) {
    if (isOverage(claims, path[0] ?? '')) return err(ssoProblem('groups-overage'));
    return settings.missingGroups === 'none' ? ok([]) : err(ssoProblem('groups-missing'));
  }
  const names = namesIn(claim, settings.groupsFormat);
  if (names === undefined || names.length > GROUPS_MAX || !names.every(isGroupName)) {
    return err(ssoProblem('groups-malformed'));
  }
  return ok([...new Set(names)].toSorted());
}

function valueAt(claims: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = claims;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** A list is good under every format; a text only where the tenant's file says how to read it. */
function namesIn(
  claim: Json,
  format: IdentityProviderSettings['groupsFormat'],
): readonly unknown[] | undefined {
  if (Array.isArray(claim)) return claim;
  if (typeof claim !== 'string' || claim.length > GROUPS_TEXT_CHARS_MAX) return undefined;
  switch (format) {
    case 'list':
      return undefined;
    case 'single':
      return [claim];
    case 'space':
      return claim.split(' ').filter((name) => name !== '');
    case 'comma':
      return claim
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
  }
}

/** Entra ID names a place to ask instead of the groups when there are too many (OpenID Connect Core §5.6.2). */
function isOverage(claims: JsonObject, name: string): boolean {
  const elsewhere = claims['_claim_names'];
  return (isJsonObject(elsewhere) && Object.hasOwn(elsewhere, name)) || claims['hasgroups'] === true;
}

function isGroupName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= GROUP_CHARS_MAX && !CONTROL.test(value);
}

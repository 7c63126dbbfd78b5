import type { JsonObject, Json, Result, Role } from '#lib/core';
import { CLAIM_NAME_CHARS_MAX, REPORTED_CLAIMS_MAX, REPORTED_VALUE_CHARS_MAX } from './constants.ts';
import type { SsoProblem } from './errors.ts';
import type { Exchanged } from './exchange-code.ts';
import { mergeClaims, readClaims, rolesOf } from './read-claims.ts';
import { groupsPath, readGroups } from './read-groups.ts';
import type { IdentityProviderSettings, ReportedClaim, SignInReport } from './types.ts';

/** Claims that are values of the protocol or of tokens, and say nothing about the person or their groups. */
const NOT_SHOWN = new Set(['nonce', 'at_hash', 'c_hash', 's_hash', 'sid', 'jti']);

/** What arrived and what the tenant's rules make of it. No token is in it. */
export function reportSignIn(
  settings: IdentityProviderSettings,
  exchanged: Result<Exchanged, SsoProblem>,
  facts: { readonly at: number; readonly isCandidate: boolean },
): SignInReport {
  const everybody = rolesOf([], settings.roleMapping);
  const frame = {
    ...facts,
    issuer: settings.issuer,
    groupsPath: groupsPath(settings.groupsClaim),
    everybody,
  };
  if (!exchanged.ok) return { ...frame, problem: exchanged.error, claims: [], roles: [] };
  const { idClaims, userinfo } = exchanged.value;
  const merged = mergeClaims(idClaims, userinfo);
  const claims = [...reported(idClaims, 'id_token'), ...reported(userinfo ?? {}, 'userinfo')];
  const groups = readGroups(merged, settings);
  const person = readClaims(merged, settings);
  return {
    ...frame,
    claims: claims.slice(0, REPORTED_CLAIMS_MAX),
    ...(person.ok ? {} : { problem: person.error }),
    ...(groups.ok
      ? { groups: groups.value.map((name) => ({ name, roles: rolesFrom(name, settings) })) }
      : {}),
    roles: person.ok ? person.value.roles : [],
    ...(person.ok && person.value.name !== undefined ? { name: person.value.name } : {}),
    ...(person.ok && person.value.email !== undefined ? { email: person.value.email } : {}),
  };
}

/** What this one group gives, without what everybody gets. */
function rolesFrom(name: string, { roleMapping }: IdentityProviderSettings): readonly Role[] {
  const { '*': _everybody, ...named } = roleMapping;
  return rolesOf([name], named);
}

function reported(claims: JsonObject, from: ReportedClaim['from']): ReportedClaim[] {
  return Object.entries(claims)
    .filter(([name]) => !NOT_SHOWN.has(name))
    .map(([name, value]) => ({ name: name.slice(0, CLAIM_NAME_CHARS_MAX), value: textOf(value), from }));
}

/** As JSON, cut where a page would drown. A value that looks like a token is not shown, whatever its name. */
function textOf(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = text.replaceAll(TOKEN, '(a token, not shown)');
  return shown.length <= REPORTED_VALUE_CHARS_MAX ? shown : `${shown.slice(0, REPORTED_VALUE_CHARS_MAX)}…`;
}

const TOKEN = /[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g;

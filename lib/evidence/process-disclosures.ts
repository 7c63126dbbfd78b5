import { decodeUtf8, err, fromBase64Url, ok, toBase64Url, utf8, type Json, type Result } from '#lib/core';
import {
  ACTOR_SHAPES,
  BASE64URL_16,
  CREDENTIAL_SHAPES,
  DECISION_SHAPES,
  SERVER_SHAPES,
  TOP_SHAPES,
} from './claim-shapes.ts';
import { INLINE_BYTES_MAX } from './constants.ts';
import { GROUP_NAMES, LAYOUT } from './layout.ts';
import { findMisfit, type Shape } from './shape.ts';
import { parseCanonicalJson } from './strict-json.ts';
import type { Sha256 } from '#lib/tlog';
import type { GroupName, ReceiptPayload, SignedPayload } from './types.ts';

const SHAPES: Readonly<Record<GroupName, Readonly<Record<string, Shape>>>> = {
  top: TOP_SHAPES,
  actor: ACTOR_SHAPES,
  server: SERVER_SHAPES,
  decision: DECISION_SHAPES,
  credential: CREDENTIAL_SHAPES,
};
const SALT = new RegExp(BASE64URL_16);
/** Claims whose string is itself RFC 8785 text, because its keys come from outside. */
const TEXT_CLAIMS: readonly string[] = ['values', 'context', 'details'];

export interface ProcessedReceipt {
  readonly payload: ReceiptPayload;
  readonly undisclosed: number;
}

/**
 * RFC 9901 §7.1 for our closed layout: every disclosure belongs to exactly one digest, no digest stands twice, each
 * claim is one that this kind can disclose at that place, and no two disclosures name the same. There are neither
 * recursive nor array-element disclosures. `signed` has passed its schema.
 */
export function processDisclosures(
  h: Sha256,
  signed: SignedPayload,
  disclosures: readonly string[],
): Result<ProcessedReceipt, string> {
  const places = new Map<string, GroupName>();
  for (const group of GROUP_NAMES) {
    for (const digest of digestsOf(signed, group)) {
      if (places.has(digest)) return err('a digest stands twice in the payload');
      places.set(digest, group);
    }
  }
  const matched = matchDisclosures(h, places, disclosures);
  if (!matched.ok) return matched;
  const disclosed = new Map<GroupName, Record<string, Json>>();
  for (const [at, { text, place: group }] of matched.value.entries()) {
    const claim = readDisclosure(signed, group, text);
    if (!claim.ok) return err(`disclosure ${at} ${claim.error}`);
    const claims = disclosed.get(group) ?? {};
    if (Object.hasOwn(claims, claim.value.name))
      return err(`disclosure ${at} names '${claim.value.name}' once more`);
    claims[claim.value.name] = claim.value.value;
    disclosed.set(group, claims);
  }
  return ok({ payload: assemble(signed, disclosed), undisclosed: places.size - disclosures.length });
}

/** Each disclosure with the place of its digest (SHA-256 of its text); one that matches none, or a used one, is refused. */
export function matchDisclosures<Place>(
  h: Sha256,
  places: ReadonlyMap<string, Place>,
  disclosures: readonly string[],
): Result<{ readonly text: string; readonly place: Place }[], string> {
  const matched = new Map<string, { text: string; place: Place }>();
  for (const [at, text] of disclosures.entries()) {
    const digest = toBase64Url(h(utf8(text)));
    const place = places.get(digest);
    if (place === undefined) return err(`disclosure ${at} matches no digest`);
    if (matched.has(digest)) return err(`disclosure ${at} stands twice`);
    matched.set(digest, { text, place });
  }
  return ok([...matched.values()]);
}

function digestsOf(signed: SignedPayload, group: GroupName): readonly string[] {
  return (group === 'top' ? signed : signed[group])?._sd ?? [];
}

function readDisclosure(
  signed: SignedPayload,
  group: GroupName,
  text: string,
): Result<{ name: string; value: Json }, string> {
  const bytes = fromBase64Url(text);
  const decoded = bytes === undefined ? undefined : decodeUtf8(bytes);
  const list = decoded === undefined ? undefined : parseCanonicalJson(decoded);
  if (list === undefined) return err('is not base64url of RFC 8785 text');
  if (!Array.isArray(list) || list.length !== 3) return err('is not a list of salt, name and value');
  const [salt, name, value] = list as Json[];
  if (typeof salt !== 'string' || !SALT.test(salt)) return err('has no 128-bit salt');
  const names: readonly string[] = LAYOUT[signed.kind][group];
  if (typeof name !== 'string' || !names.includes(name))
    return err(`names a claim that does not belong to ${group}`);
  const shape = SHAPES[group][name];
  const misfit = shape === undefined ? 'is unknown' : findMisfit(shape, value, name);
  if (misfit !== undefined) return err(`does not fit: ${misfit}`);
  const textMisfit = TEXT_CLAIMS.includes(name) ? findTextMisfit(name, value as Json) : undefined;
  return textMisfit === undefined ? ok({ name, value: value as Json }) : err(`does not fit: ${textMisfit}`);
}

function findTextMisfit(name: string, value: Json): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (parseCanonicalJson(value) === undefined) return `${name} is not RFC 8785 text`;
  const isTooLong = name !== 'details' && utf8(value).length > INLINE_BYTES_MAX;
  return isTooLong ? `${name} above ${INLINE_BYTES_MAX} bytes is a body` : undefined;
}

function assemble(
  signed: SignedPayload,
  disclosed: ReadonlyMap<GroupName, Record<string, Json>>,
): ReceiptPayload {
  const payload: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(signed)) {
    if (name === '_sd' || name === '_sd_alg') continue;
    const isGroup = name === 'actor' || name === 'server' || name === 'decision' || name === 'credential';
    payload[name] = isGroup ? { ...withoutDigests(member as object), ...disclosed.get(name) } : member;
  }
  return { ...payload, ...disclosed.get('top') } as unknown as ReceiptPayload;
}

function withoutDigests(member: object): object {
  return Object.fromEntries(Object.entries(member).filter(([name]) => name !== '_sd'));
}

import { canonicalJson, keepAtHand, type Json } from '#lib/core';
import {
  LAYOUT,
  RECEIPT_KINDS,
  type ActorClaim,
  type CredentialClaim,
  type DecisionClaim,
  type GroupName,
  type KindLayout,
  type ReceiptKind,
  type ServerClaim,
  type TopClaim,
} from '#lib/evidence';
import { base64UrlOf } from './base64url-text.ts';
import { DISCLOSURE_PART_CHARS_MAX, DISCLOSURE_PARTS_MAX, INLINE_TEXT_BYTES_MAX } from './constants.ts';
import { findClaimMisfit } from './claim-limits.ts';
import { DraftError } from './errors.ts';
import { sha256Hex } from './hash.ts';
import type { ReceiptDraft, ReceiptPerson, TextDigest } from './types.ts';

export type ClaimName = ActorClaim | ServerClaim | DecisionClaim | CredentialClaim | TopClaim;

/**
 * A disclosure is base64url of `["<salt>","<name>",<value>]`. Its first 24 bytes are `["` and the salt, so what
 * follows has a base64url text of its own: the claim's ending, which is the same for every receipt with that value.
 */
type Ending = string;
type EndingOf = (draft: ReceiptDraft) => Ending | undefined;

const personEndings = new WeakMap<ReceiptPerson, Map<string, Ending | undefined>>();

/** One place of an `_sd` array. */
export interface Disclosable {
  /** The claim's ending, or undefined where the draft has no such claim. */
  readonly endingOf: EndingOf;
  /** Of an act about another person this is sealed under that person's key. */
  readonly isAboutPerson: boolean;
}

const CLAIM_ENDINGS: Readonly<Record<ClaimName, EndingOf>> = {
  sub: personClaim('sub', (person) => person.reference),
  idp_issuer: personClaim('idp_issuer', (person) => person.issuer),
  idp_subject: personClaim('idp_subject', (person) => person.subject),
  email: personClaim('email', (person) => person.email),
  name: personClaim('name', (person) => person.name),
  groups: personClaim('groups', (person) => person.groups),
  ip: repeated('ip', (draft) => draft.actor.ip),
  client_id: repeated('client_id', (draft) => draft.actor.clientId),
  workload: repeated('workload', (draft) => draft.actor.workload),
  session: repeated('session', (draft) => draft.actor.session),
  url_sha256: repeated('url_sha256', (draft) => draft.server?.urlSha256),
  policies: repeatedList('policies', (draft) => draft.decision?.policies),
  reasons: repeatedList('reasons', (draft) => draft.decision?.reasons),
  obligations: repeatedList('obligations', (draft) => draft.decision?.obligations),
  shadow: repeatedList('shadow', (draft) => draft.decision?.shadow),
  reference: repeated('reference', (draft) => draft.credential?.reference),
  uri: single('uri', (draft) => draft.uri),
  prompt: repeated('prompt', (draft) => draft.prompt),
  arguments: written('arguments', (draft) => draft.arguments && digestText(draft.arguments)),
  received: written('received', ({ received }) => received && digestText(received)),
  result: written('result', ({ result }) => result && resultText(result)),
  upstream: written('upstream', ({ upstream }) => upstream && digestText(upstream)),
  events: written(
    'events',
    ({ events }) => events && `{"count":${integer(events.count)},"sha256":"${hash(events.sha256)}"}`,
  ),
  values: single('values', (draft) => draft.values && inlineOrDigest(draft.values)),
  context: single('context', (draft) => draft.context && inlineOrDigest(draft.context)),
  timing: written('timing', ({ timing }) => timing && timingText(timing)),
  elicitations: single('elicitations', (draft) => filled(draft.elicitations)),
  details: single('details', (draft) => draft.details && canonicalJson(draft.details)),
  subject: repeated('subject', (draft) => draft.about?.reference),
};

/** What each kind's `_sd` arrays are made of. */
export const DISCLOSABLES = Object.fromEntries(
  RECEIPT_KINDS.map((kind) => [kind, disclosablesOf(LAYOUT[kind])]),
) as Readonly<Record<ReceiptKind, Readonly<Record<GroupName, readonly Disclosable[]>>>>;

function disclosablesOf(layout: KindLayout): Record<GroupName, readonly Disclosable[]> {
  const groupOf = (names: readonly ClaimName[]) =>
    names.map((name) => ({
      endingOf: CLAIM_ENDINGS[name],
      isAboutPerson: name === 'details' || name === 'subject',
    }));
  return {
    top: groupOf(layout.top),
    actor: groupOf(layout.actor),
    server: groupOf(layout.server),
    decision: groupOf(layout.decision),
    credential: groupOf(layout.credential),
  };
}

/** Text above 1 KiB is a body: the receipt discloses its digest. */
export function isBody(text: string): boolean {
  return text.length > INLINE_TEXT_BYTES_MAX || Buffer.byteLength(text) > INLINE_TEXT_BYTES_MAX;
}

function inlineOrDigest(text: string): Json {
  return isBody(text) ? { bytes: Buffer.byteLength(text), sha256: sha256Hex(text) } : text;
}

function filled(list: readonly string[] | undefined): readonly string[] | undefined {
  return list !== undefined && list.length > 0 ? list : undefined;
}

/** @throws {DraftError} for a value that no verifier would accept. */
function ending(name: ClaimName, value: Json): Ending {
  const misfit = findClaimMisfit(name, value);
  if (misfit !== undefined) throw new DraftError(misfit);
  return endingOf(name, canonicalJson(value));
}

function endingOf(name: ClaimName, valueText: string): Ending {
  return base64UrlOf(`","${name}",${valueText}]`);
}

/** An object of ours, whose RFC 8785 text is written member by member: no object has to be made and sorted for it. */
function written(name: ClaimName, write: (draft: ReceiptDraft) => string | undefined): EndingOf {
  return (draft) => {
    const text = write(draft);
    return text === undefined ? undefined : endingOf(name, text);
  };
}

function digestText({ bytes, sha256 }: TextDigest): string {
  return `{"bytes":${integer(bytes)},"sha256":"${hash(sha256)}"}`;
}

function resultText({ bytes, length, member, sha256 }: NonNullable<ReceiptDraft['result']>): string {
  return `{"bytes":${integer(bytes?.length ?? length ?? 0)},"member":"${member}","sha256":"${hash(sha256)}"}`;
}

function timingText({ receivedMs, forwardedMs, answeredMs }: NonNullable<ReceiptDraft['timing']>): string {
  const answered = answeredMs === undefined ? '' : `"answered_ms":${integer(answeredMs)},`;
  const forwarded = forwardedMs === undefined ? '' : `"forwarded_ms":${integer(forwardedMs)},`;
  return `{${answered}${forwarded}"received_ms":${integer(receivedMs)}}`;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** @throws {DraftError} for what could not stand between quotation marks as it is. */
function hash(sha256: string): string {
  if (!SHA256_HEX.test(sha256)) throw new DraftError(`'${sha256}' is not a SHA-256 in hex`);
  return sha256;
}

/** @throws {DraftError} for what a receipt has no number for (FORMATS 1: integers only). */
function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new DraftError(`${value} is not an integer`);
  return String(value);
}

/** A value that differs from receipt to receipt. */
function single(name: ClaimName, read: (draft: ReceiptDraft) => Json | undefined): EndingOf {
  return (draft) => {
    const value = read(draft);
    return value === undefined || value === '' ? undefined : ending(name, value);
  };
}

/** A value that many receipts share. */
function repeated(name: ClaimName, read: (draft: ReceiptDraft) => string | undefined): EndingOf {
  const known = new Map<string, Ending>();
  return (draft) => {
    const value = read(draft);
    return value === undefined ? undefined : (known.get(value) ?? keep(known, value, ending(name, value)));
  };
}

/** A list that many receipts share. */
function repeatedList(
  name: ClaimName,
  read: (draft: ReceiptDraft) => readonly string[] | undefined,
): EndingOf {
  const known = new Map<string, Ending>();
  return (draft) => {
    const list = read(draft);
    if (list === undefined || list.length === 0) return undefined;
    const key = JSON.stringify(list);
    return known.get(key) ?? keep(known, key, ending(name, list));
  };
}

function keep(known: Map<string, Ending>, key: string, made: Ending): Ending {
  return made.length > DISCLOSURE_PART_CHARS_MAX ? made : keepAtHand(known, DISCLOSURE_PARTS_MAX, key, made);
}

/** A claim of a person: kept as long as the person's object lives, and no longer. */
function personClaim(
  name: ActorClaim,
  read: (person: ReceiptPerson) => string | readonly string[] | undefined,
): EndingOf {
  return ({ actor: { person } }) => {
    if (person === undefined) return undefined;
    let known = personEndings.get(person);
    if (known === undefined) personEndings.set(person, (known = new Map()));
    if (known.has(name)) return known.get(name);
    const value = read(person);
    // What an identity provider says beyond all measure is left out; the call is not held up by it.
    const fits = value !== undefined && findClaimMisfit(name, value) === undefined;
    const made = fits ? ending(name, value) : undefined;
    known.set(name, made);
    return made;
  };
}

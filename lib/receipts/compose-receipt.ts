import { canonicalJson, type Json } from '#lib/core';
import { RECEIPT_ALG, RECEIPT_BYTES_MAX, RECEIPT_TYP } from '#lib/evidence';
import type { SignatureAhead } from '#lib/keys';
import { base64UrlOf } from './base64url-text.ts';
import { checkDraft } from './check-draft.ts';
import { DISCLOSABLES, type Disclosable } from './disclose.ts';
import type { Disclosures } from './disclosures.ts';
import { DraftError } from './errors.ts';
import { digestText } from './hash.ts';
import { quoted } from './quoted.ts';
import type { RandomPool } from './random-pool.ts';
import { sortDigests } from './sort-digests.ts';
import type { CommittedHead, ReceiptDraft } from './types.ts';

/** What is the same for all receipts of a batch. */
export interface ReceiptFrame {
  /** Value of `iss`, as JSON. */
  readonly issuer: string;
  /** Value of `log`, as JSON: the newest head read back as committed. */
  readonly log: string;
  /** base64url of the JWT's header, and a dot. */
  readonly header: string;
  readonly sign: Sign;
}

/** How a leaf comes to its signature: made meanwhile on another thread, or on the spot when it is taken. */
export type Sign = (message: Uint8Array) => SignatureAhead;

export interface ComposedReceipt {
  /** 0x00 and the leaf's bytes: what RFC 6962 hashes. Complete once it is taken: until then its signature may be on its way. */
  takeLeaf(): Buffer;
  /** What is sealed under the actor's key. */
  readonly disclosures: Disclosures;
  /** Those about another person than the actor, sealed under that person's key. */
  readonly disclosuresAbout: Disclosures;
}

/** Value of a receipt's `log`. */
export function logText(head: CommittedHead): string {
  return `{"id":"${head.id}","root":"${head.root}","size":${head.size}}`;
}

/** The JWT's header with its dot: exactly these three members. */
export function headerText(kid: string): string {
  return `${base64UrlOf(canonicalJson({ alg: RECEIPT_ALG, kid, typ: RECEIPT_TYP }))}.`;
}

/**
 * Builds the leaf: an attempt's text, or the signed JWT of any other kind. The text is written member by member in
 * RFC 8785's order, for constant parts cost nothing then and no object has to be sorted.
 * @throws {DraftError} when the draft does not have what its kind asks for.
 */
export function composeReceipt(
  draft: ReceiptDraft,
  frame: ReceiptFrame,
  random: RandomPool,
): ComposedReceipt {
  checkDraft(draft);
  const own = { openings: '', endings: [] };
  const about = { openings: '', endings: [] };
  const payload = writePayload(draft, frame, (group) => writeDigests(group, draft, random, { own, about }));
  const leaf = draft.kind === 'attempt' ? new PlainLeaf(payload) : new SignedLeaf(payload, frame);
  if (leaf.length > RECEIPT_BYTES_MAX)
    throw new DraftError(`receipt ${draft.id} is longer than ${RECEIPT_BYTES_MAX} bytes`);
  return {
    takeLeaf: () => leaf.take(),
    disclosures: own,
    disclosuresAbout: about,
  };
}

interface Collected {
  openings: string;
  readonly endings: string[];
}

/** Whose key seals: the actor's, or that of the person whom the act is about. */
interface Collectors {
  readonly own: Collected;
  readonly about: Collected;
}

type WriteDigests = (group: readonly Disclosable[]) => string;

function writePayload(draft: ReceiptDraft, frame: ReceiptFrame, sd: WriteDigests): string {
  const { actor, decision, credential, server, tool } = draft;
  const layout = DISCLOSABLES[draft.kind];
  const group = (of: readonly Disclosable[]) => (of.length === 0 ? '' : `"_sd":[${sd(of)}],`);
  let text = `{${group(layout.top)}"_sd_alg":"sha-256","actor":{${group(layout.actor)}"mode":"${actor.mode}"}`;
  if (draft.aggregate) text += `,"aggregate":${canonicalJson(draft.aggregate as unknown as Json)}`;
  if (draft.attempt) text += `,"attempt":"${draft.attempt}"`;
  if (credential) text += `,"credential":{${group(layout.credential)}"kind":"${credential.kind}"}`;
  if (decision)
    text += `,"decision":{${group(layout.decision)}"effect":"${decision.effect}","policy_set_sha256":"${decision.policySetSha256}"}`;
  if (draft.erasure) text += `,"erasure":{"backups_from":${draft.erasure.backupsFrom}}`;
  if (draft.firstAttempt) text += `,"first_attempt":"${draft.firstAttempt}"`;
  text += `,"iat":${Math.floor(draft.at / 1000)},"iss":${frame.issuer},"jti":"${draft.id}"`;
  if (draft.key) text += `,"key":${canonicalJson(draft.key as unknown as Json)}`;
  text += `,"kind":"${draft.kind}","log":${frame.log}`;
  if (draft.status) text += `,"outcome":{"status":"${draft.status}"}`;
  if (server) text += `,"server":{${group(layout.server)}"id":${quoted(server.id)}}`;
  if (tool) text += `,"tool":${toolText(tool)}`;
  return `${text},"v":1}`;
}

function toolText({ name, definitionSha256 }: NonNullable<ReceiptDraft['tool']>): string {
  const definition = definitionSha256 === undefined ? '' : `"definition_sha256":"${definitionSha256}",`;
  return `{${definition}"name":${quoted(name)}}`;
}

/** One digest per place, a decoy where the claim is absent, sorted: what is there can't be told from what is not. */
function writeDigests(
  group: readonly Disclosable[],
  draft: ReceiptDraft,
  random: RandomPool,
  { own, about }: Collectors,
): string {
  const digests: string[] = [];
  for (const { endingOf, isAboutPerson } of group) {
    const ending = endingOf(draft);
    if (ending === undefined) {
      digests.push(random.decoy());
    } else {
      const opening = random.disclosureOpening();
      const collected = isAboutPerson && draft.about !== undefined ? about : own;
      collected.openings += opening;
      collected.endings.push(ending);
      digests.push(digestText(opening + ending));
    }
  }
  sortDigests(digests);
  let text = '';
  for (const digest of digests) text += text === '' ? `"${digest}"` : `,"${digest}"`;
  return text;
}

/** An attempt's: the checkpoint alone signs it. */
class PlainLeaf {
  readonly #bytes: Buffer;

  constructor(text: string) {
    this.#bytes = Buffer.from(`\0${text}`);
  }

  get length(): number {
    return this.#bytes.length - 1;
  }

  take(): Buffer {
    return this.#bytes;
  }
}

/** Any other receipt's: a compact JWS (RFC 7515 §7.1). */
class SignedLeaf {
  readonly #bytes: Buffer;
  readonly #dotAt: number;
  #signature: SignatureAhead | undefined;

  constructor(payload: string, frame: ReceiptFrame) {
    const message = frame.header + base64UrlOf(payload);
    this.#dotAt = 1 + message.length;
    this.#bytes = Buffer.allocUnsafe(this.#dotAt + 1 + SIGNATURE_CHARS);
    this.#bytes[0] = 0;
    this.#bytes.write(message, 1, 'latin1');
    this.#bytes[this.#dotAt] = DOT;
    this.#signature = frame.sign(this.#bytes.subarray(1, this.#dotAt));
  }

  get length(): number {
    return this.#bytes.length - 1;
  }

  take(): Buffer {
    if (this.#signature !== undefined) {
      const signature = Buffer.from(this.#signature.take()).toString('base64url');
      this.#bytes.write(signature, this.#dotAt + 1, 'latin1');
      this.#signature = undefined;
    }
    return this.#bytes;
  }
}

/** base64url of an Ed25519 signature's 64 bytes. */
const SIGNATURE_CHARS = 86;
const DOT = 0x2e;

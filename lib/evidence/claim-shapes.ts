import {
  DECISION_LIST_ITEMS_MAX,
  DECISION_TEXT_CHARS_MAX,
  DETAILS_CHARS_MAX,
  GROUP_ITEMS_MAX,
  IDENTIFIER_CHARS_MAX,
  INLINE_BYTES_MAX,
  PROMPT_NAME_CHARS_MAX,
  URI_CHARS_MAX,
} from './constants.ts';
import { closed, type Shape } from './shape.ts';
import type { ActorClaim, CredentialClaim, DecisionClaim, ServerClaim, TopClaim } from './types.ts';

/** 32 bytes as base64url: the last of 43 characters carries four bits. */
export const BASE64URL_32 = '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$';
/** 16 bytes as base64url: the last of 22 characters carries two bits. */
export const BASE64URL_16 = '^[A-Za-z0-9_-]{21}[AQgw]$';
/** 32 bytes as padded base64. */
export const BASE64_32 = '^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$';
export const HEX_SHA256 = '^[0-9a-f]{64}$';
export const UUID_V7 = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';
export const UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

export const count: Shape = { type: 'integer', minimum: 0 };
export const sha256Hex: Shape = { type: 'string', pattern: HEX_SHA256 };
export const receiptId: Shape = { type: 'string', pattern: UUID_V7 };
export const keyThumbprint: Shape = { type: 'string', pattern: BASE64URL_32 };

const reference: Shape = {
  type: 'string',
  pattern: BASE64URL_16,
  description: 'random reference to a person',
};
const identifier: Shape = { type: 'string', minLength: 1, maxLength: IDENTIFIER_CHARS_MAX };
const decisionTexts: Shape = {
  type: 'array',
  items: { type: 'string', maxLength: DECISION_TEXT_CHARS_MAX },
  maxItems: DECISION_LIST_ITEMS_MAX,
};
const digest = closed({ sha256: sha256Hex, bytes: count });
const inlineOrDigest: Shape = {
  anyOf: [
    { type: 'string', minLength: 1, maxLength: INLINE_BYTES_MAX, description: 'RFC 8785 text' },
    digest,
  ],
};

export const ACTOR_SHAPES: Readonly<Record<ActorClaim, Shape>> = {
  sub: reference,
  idp_issuer: identifier,
  idp_subject: identifier,
  email: identifier,
  name: identifier,
  groups: { type: 'array', items: identifier, maxItems: GROUP_ITEMS_MAX },
  ip: identifier,
  client_id: identifier,
  workload: identifier,
  session: identifier,
};

export const SERVER_SHAPES: Readonly<Record<ServerClaim, Shape>> = { url_sha256: sha256Hex };

export const DECISION_SHAPES: Readonly<Record<DecisionClaim, Shape>> = {
  policies: decisionTexts,
  reasons: decisionTexts,
  obligations: decisionTexts,
  shadow: decisionTexts,
};

export const CREDENTIAL_SHAPES: Readonly<Record<CredentialClaim, Shape>> = { reference: identifier };

export const TOP_SHAPES: Readonly<Record<TopClaim, Shape>> = {
  // An agent may ask for what has no name at all; the receipt of its denial says so.
  uri: { type: 'string', maxLength: URI_CHARS_MAX },
  prompt: { type: 'string', maxLength: PROMPT_NAME_CHARS_MAX },
  arguments: digest,
  received: digest,
  result: closed({ sha256: sha256Hex, bytes: count, member: { type: 'string', enum: ['result', 'error'] } }),
  upstream: digest,
  events: closed({ count, sha256: sha256Hex }),
  values: inlineOrDigest,
  context: inlineOrDigest,
  timing: closed({ received_ms: count }, { forwarded_ms: count, answered_ms: count }),
  elicitations: { type: 'array', items: receiptId, maxItems: DECISION_LIST_ITEMS_MAX },
  details: { type: 'string', minLength: 1, maxLength: DETAILS_CHARS_MAX, description: 'RFC 8785 text' },
  subject: reference,
};

import {
  ACTOR_SHAPES,
  BASE64_32,
  BASE64URL_32,
  count,
  CREDENTIAL_SHAPES,
  DECISION_SHAPES,
  keyThumbprint,
  receiptId,
  SERVER_SHAPES,
  sha256Hex,
  TOP_SHAPES,
  UUID,
} from './claim-shapes.ts';
import { ISSUER_CHARS_MAX, PREVIOUS_CHECKPOINT_CHARS_MAX, TOOL_NAME_CHARS_MAX } from './constants.ts';
import { ACTOR_MODES, CREDENTIAL_KINDS, EFFECTS, LAYOUT, REFUSAL_REASONS } from './layout.ts';
import { closed, type ObjectShape, type Shape } from './shape.ts';
import type { KindLayout, OptionalMember, ReceiptKind } from './types.ts';

const ISSUER = '^https?://[^\\s?#+]*[^\\s?#+/]$';
const LOG_ID = '^[0-9a-f]{16}$';
const SERVER_ID = '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$';
const coordinate: Shape = { type: 'string', pattern: BASE64URL_32 };
const logOrigin: Shape = { type: 'string', minLength: 1, maxLength: ISSUER_CHARS_MAX + 32 };
const vkey: Shape = { type: 'string', minLength: 1, maxLength: ISSUER_CHARS_MAX + 128 };

export const issuerShape: Shape = { type: 'string', pattern: ISSUER, maxLength: ISSUER_CHARS_MAX };
export const ed25519Jwk = closed({
  crv: { type: 'string', const: 'Ed25519' },
  kty: { type: 'string', const: 'OKP' },
  x: coordinate,
});
const p256Jwk = closed({
  crv: { type: 'string', const: 'P-256' },
  kty: { type: 'string', const: 'EC' },
  x: coordinate,
  y: coordinate,
});

const keyClaim: Shape = {
  anyOf: [
    closed(
      {
        purpose: { type: 'string', const: 'receipt' },
        kid: keyThumbprint,
        jwk: ed25519Jwk,
        log: closed({ id: { type: 'string', pattern: LOG_ID }, origin: logOrigin, vkey }),
      },
      {
        previous: closed(
          { origin: logOrigin },
          { checkpoint: { type: 'string', minLength: 1, maxLength: PREVIOUS_CHECKPOINT_CHARS_MAX } },
        ),
      },
    ),
    closed(
      { purpose: { type: 'string', const: 'receipt' }, kid: keyThumbprint, jwk: ed25519Jwk },
      { retires: keyThumbprint },
    ),
    closed(
      { purpose: { type: 'string', const: 'log' }, kid: keyThumbprint, jwk: ed25519Jwk, vkey },
      { retires: keyThumbprint, closed: { type: 'boolean', const: true } },
    ),
    closed(
      {
        purpose: { type: 'string', enum: ['access-token', 'mint'] },
        kid: keyThumbprint,
        jwk: { anyOf: [ed25519Jwk, p256Jwk] },
      },
      { retires: keyThumbprint },
    ),
  ],
};

const aggregateClaim = closed({
  from: count,
  to: count,
  replica: { type: 'string', pattern: UUID },
  counts: {
    type: 'array',
    minItems: 1,
    maxItems: REFUSAL_REASONS.length,
    items: closed({
      reason: { type: 'string', enum: REFUSAL_REASONS },
      count: { type: 'integer', minimum: 1 },
    }),
  },
});

type Form = 'signed' | 'processed';

/** The payload of one kind, as it is signed or after RFC 9901 processing. */
export function receiptShape(kind: ReceiptKind, form: Form): ObjectShape {
  const layout = LAYOUT[kind];
  const members = memberShapes(layout, form);
  const required: Record<string, Shape> = {
    v: { type: 'integer', const: 1 },
    iss: issuerShape,
    jti: receiptId,
    iat: count,
    kind: { type: 'string', const: kind },
    log: closed({
      id: { type: 'string', pattern: LOG_ID },
      size: count,
      root: { type: 'string', pattern: BASE64_32 },
    }),
    actor: group({ mode: { type: 'string', enum: ACTOR_MODES } }, {}, layout.actor, ACTOR_SHAPES, form),
  };
  const optional: Record<string, Shape> = {};
  for (const [name, presence] of Object.entries(layout.clear)) {
    (presence === 'required' ? required : optional)[name] = members[name as OptionalMember];
  }
  if (form === 'signed') required['_sd_alg'] = { type: 'string', const: 'sha-256' };
  return group(required, optional, layout.top, TOP_SHAPES, form);
}

function memberShapes(layout: KindLayout, form: Form): Readonly<Record<OptionalMember, Shape>> {
  return {
    attempt: receiptId,
    first_attempt: receiptId,
    server: group({ id: { type: 'string', pattern: SERVER_ID } }, {}, layout.server, SERVER_SHAPES, form),
    tool: closed(
      { name: { type: 'string', maxLength: TOOL_NAME_CHARS_MAX } },
      { definition_sha256: sha256Hex },
    ),
    decision: group(
      { effect: { type: 'string', enum: EFFECTS }, policy_set_sha256: sha256Hex },
      {},
      layout.decision,
      DECISION_SHAPES,
      form,
    ),
    credential: group(
      { kind: { type: 'string', enum: CREDENTIAL_KINDS } },
      {},
      layout.credential,
      CREDENTIAL_SHAPES,
      form,
    ),
    outcome: closed({ status: { type: 'string', enum: layout.statuses } }),
    key: keyClaim,
    aggregate: aggregateClaim,
    erasure: closed({ backups_from: count }),
  };
}

/** Signed: a fixed number of sorted digests. Processed: any of the names, in the clear. */
function group<Name extends string>(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>>,
  names: readonly Name[],
  shapes: Readonly<Record<Name, Shape>>,
  form: Form,
): ObjectShape {
  if (names.length === 0) return closed(required, optional);
  if (form === 'processed') {
    return closed(required, {
      ...optional,
      ...Object.fromEntries(names.map((name) => [name, shapes[name]])),
    });
  }
  const digests: Shape = {
    type: 'array',
    items: { type: 'string', pattern: BASE64URL_32 },
    minItems: names.length,
    maxItems: names.length,
    uniqueItems: true,
    description: `sorted; each digest is of one of ${names.join(', ')}, or a decoy`,
  };
  return closed({ ...required, _sd: digests }, optional);
}

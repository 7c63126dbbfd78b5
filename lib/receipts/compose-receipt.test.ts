import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceiptId, SubjectReference, PersonId, LogId } from '#lib/core';
import {
  ed25519JwkOf,
  LAYOUT,
  keyThumbprint,
  openAttempt,
  openReceipt,
  pureCrypto,
  RECEIPT_KINDS,
  type ReceiptKind,
} from '#lib/evidence';
import { composeReceipt, headerText, logText, type ComposedReceipt } from './compose-receipt.ts';
import { disclosureTexts } from './disclosures.ts';
import { DraftError } from './errors.ts';
import { sha256, sha256Hex } from './hash.ts';
import { createRandomPool } from './random-pool.ts';
import type { ReceiptDraft, ReceiptPerson } from './types.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const jwk = ed25519JwkOf(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
const kid = keyThumbprint(sha256, jwk);
const frame = {
  issuer: '"http://localhost:3000/t/acme"',
  log: logText({ id: '00112233aabbccdd' as LogId, size: 3, root: 'A'.repeat(43) + '=' }),
  header: headerText(kid),
  sign: (message: Uint8Array) => ({ take: () => sign(null, message, privateKey) }),
};
const random = createRandomPool();
const id = (): ReceiptId => random.receiptId(1_700_000_000_000);
const alice: ReceiptPerson = {
  id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' as PersonId,
  reference: 'AAAAAAAAAAAAAAAAAAAAAA' as SubjectReference,
  issuer: 'https://idp.example',
  subject: 'alice|1',
  email: 'alice@example.com',
  name: 'Alice "Ünï" \u2028 A',
  groups: ['engineering', '🔧'],
};
const text = '{"title":"hello"}';
const digest = { sha256: sha256Hex(text), bytes: text.length };
const FULL: Omit<ReceiptDraft, 'id' | 'kind'> = {
  at: 1_700_000_000_123,
  attempt: id(),
  firstAttempt: id(),
  actor: { mode: 'user', person: alice, clientId: 'client-1', session: 's1', ip: '192.0.2.7', workload: 'w' },
  server: { id: 'everything', urlSha256: sha256Hex('url') },
  tool: { name: 'écho "x"', definitionSha256: sha256Hex('definition') },
  decision: {
    effect: 'allow',
    policySetSha256: sha256Hex('set'),
    policies: ['p1'],
    reasons: ['because'],
    obligations: [],
    shadow: ['s'],
  },
  credential: { kind: 'minted', reference: 'ref' },
  uri: 'file:///a',
  prompt: 'p',
  arguments: { ...digest, text },
  received: digest,
  result: { sha256: sha256Hex('{}'), bytes: Buffer.from('{}'), member: 'result' },
  upstream: digest,
  events: { count: 2, sha256: sha256Hex('e') },
  context: '{"time":1}',
  values: JSON.stringify('v'.repeat(2000)),
  timing: { receivedMs: 1, answeredMs: 3 },
  elicitations: [id()],
  details: { any: ['thing', { nested: 1.5 }], _sd: ['smuggled'] },
  about: { id: alice.id, reference: alice.reference },
  key: { purpose: 'mint', kid, jwk },
  aggregate: { from: 1, to: 61, replica: alice.id, counts: [{ reason: 'invalid_token', count: 3 }] },
  erasure: { backupsFrom: 1_800_000_000 },
};

/** The fullest draft that the kind has a place for. */
function fullDraft(kind: ReceiptKind): ReceiptDraft {
  const { clear, top, statuses, actor } = LAYOUT[kind];
  const names: [keyof ReceiptDraft, boolean][] = [
    ['attempt', 'attempt' in clear],
    ['firstAttempt', 'first_attempt' in clear],
    ['server', 'server' in clear],
    ['tool', 'tool' in clear],
    ['decision', 'decision' in clear],
    ['credential', 'credential' in clear],
    ['key', 'key' in clear],
    ['aggregate', 'aggregate' in clear],
    ['erasure', 'erasure' in clear],
    ['about', top.includes('subject')],
    ...(
      ['uri', 'prompt', 'arguments', 'received', 'result', 'upstream', 'events', 'values', 'context'] as const
    ).map((name): [keyof ReceiptDraft, boolean] => [name, top.includes(name)]),
    ...(['timing', 'elicitations', 'details'] as const).map((name): [keyof ReceiptDraft, boolean] => [
      name,
      top.includes(name),
    ]),
  ];
  const parts = Object.fromEntries(
    names.filter(([, has]) => has).map(([name]) => [name, FULL[name as 'at']]),
  );
  return {
    id: id(),
    kind,
    at: FULL.at,
    actor: actor.length > 0 ? FULL.actor : { mode: 'system' },
    ...(statuses[0] && { status: statuses[0] }),
    ...parts,
  };
}

function open(kind: ReceiptKind, composed: ComposedReceipt) {
  const leaf = composed.takeLeaf().subarray(1).toString('utf8');
  const list = [composed.disclosures, composed.disclosuresAbout].flatMap(disclosureTexts);
  return kind === 'attempt'
    ? openAttempt(leaf, list, pureCrypto)
    : openReceipt(`${[leaf, ...list].join('~')}~`, pureCrypto);
}

describe('a composed receipt', () => {
  it.each(RECEIPT_KINDS)('of kind %s, with everything it may say, is what the verifier accepts', (kind) => {
    const opened = open(kind, composeReceipt(fullDraft(kind), frame, random));
    expect(opened).toMatchObject({ ok: true });
    if (!opened.ok) return;
    const { payload, signature } = opened.value;
    expect(payload.kind).toBe(kind);
    expect(signature === undefined).toBe(kind === 'attempt');
    if (signature) {
      const key = Buffer.from(jwk.x, 'base64url');
      expect(pureCrypto.verifyEd25519(key, signature.message, signature.bytes)).toBe(true);
    }
    if (LAYOUT[kind].actor.length > 0)
      expect(payload.actor).toMatchObject({ sub: alice.reference, name: alice.name, groups: alice.groups });
    if (LAYOUT[kind].top.includes('details')) expect(payload.details).toContain('smuggled');
  });

  it.each(RECEIPT_KINDS)('of kind %s has as many digests whatever it says', (kind) => {
    const full = fullDraft(kind);
    const bare: ReceiptDraft = {
      ...Object.fromEntries(
        Object.entries(full).filter(
          ([name]) => !['uri', 'prompt', 'arguments', 'details', 'about'].includes(name),
        ),
      ),
      actor: { mode: full.actor.mode },
    } as ReceiptDraft;
    const [left, right] = [full, bare].map((draft) => open(kind, composeReceipt(draft, frame, random)));
    expect(left).toMatchObject({ ok: true });
    expect(right).toMatchObject({ ok: true });
    if (!left?.ok || !right?.ok) return;
    const counts = ({ signed }: typeof left.value) =>
      [signed._sd, signed.actor._sd, signed.server?._sd, signed.decision?._sd].map((list) => list?.length);
    expect(counts(left.value)).toEqual(counts(right.value));
  });

  it('takes any text that JSON can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (name) => {
        const draft = { ...fullDraft('tool_call'), tool: { name }, context: JSON.stringify(name) };
        const opened = open('tool_call', composeReceipt(draft, frame, random));
        expect(opened.ok && opened.value.payload.tool?.name).toBe(name);
      }),
    );
  });

  it('refuses what its kind has no place for, and what it needs and lacks', () => {
    const call = fullDraft('tool_call');
    const { decision: _, ...undecided } = call;
    const misplaced: ReceiptDraft[] = [undecided, { ...call, uri: 'file:///a' }, { ...call, details: {} }];
    for (const draft of misplaced) expect(() => composeReceipt(draft, frame, random)).toThrow(DraftError);
    expect(() => composeReceipt({ ...fullDraft('sign_in'), status: 'held' }, frame, random)).toThrow(
      DraftError,
    );
    const long = { ...call, decision: { ...FULL.decision!, reasons: ['x'.repeat(2000)] } };
    expect(() => composeReceipt(long, frame, random)).toThrow(/longer than/);
  });

  it('never uses a salt, an id or a decoy twice', () => {
    const seen = new Set<string>();
    for (let round = 0; round < 2000; round += 1) {
      for (const made of [random.disclosureOpening(), random.decoy(), id()]) {
        expect(seen.has(made)).toBe(false);
        seen.add(made);
      }
    }
  });
});

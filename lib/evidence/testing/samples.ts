import { hash } from 'node:crypto';
import { canonicalJson, type Json, type JsonObject } from '#lib/core';
import { LAYOUT, type GroupName, type ReceiptBody, type ReceiptKind } from '../index.ts';
import type { AddOptions, Logged, TestLog } from './make-log.ts';
import type { Disclosable } from './make-receipt.ts';

export function digest(text: string): { sha256: string; bytes: number } {
  return { sha256: hash('sha256', text, 'hex'), bytes: Buffer.byteLength(text) };
}

/** What a call was about, in full. The keys come from outside: one of them tries to be a disclosure. */
export const ARGUMENTS: JsonObject = { 10: 'ten', 9: [1, 2.5, null], title: 'Zwölf', _sd: ['x'], '...': 'y' };
export const RESULT = '{"content":[{"type":"text","text":"done ✓"}]}';
export const CONTEXT: JsonObject = { groups: ['engineering'], time: 1_795_000_000 };
export const VALUES: JsonObject = { title: 'Zwölf' };
export const BODY: ReceiptBody = { arguments: ARGUMENTS, result: RESULT, context: CONTEXT, values: VALUES };

const HASH = hash('sha256', 'anything', 'hex');
const PERSON = 'c3ViamVjdHJlZmVyZW5jZQ';

/** A value for everything that can be disclosed. */
export const CLAIMS: Readonly<Record<GroupName, Readonly<Record<string, Json>>>> = {
  actor: {
    sub: PERSON,
    idp_issuer: 'https://idp.example.com',
    idp_subject: '00u1',
    email: 'alice@example.com',
    name: 'Alice Müller',
    groups: ['engineering', 'on-call'],
    ip: '192.0.2.7',
    client_id: 'https://client.example.com/metadata.json',
    workload: 'spiffe://example.com/ci',
    session: 'cmFuZG9tIHNlc3Npb24x',
  },
  server: { url_sha256: HASH },
  decision: {
    policies: ['allow-engineering'],
    reasons: ['engineers may'],
    obligations: [],
    shadow: ['stricter'],
  },
  credential: { reference: '5f0c1f0e-8a8f-4e5b-9d53-0c2a4a3c1e11' },
  top: {
    uri: 'file:///etc/hosts',
    prompt: 'summarise',
    arguments: digest(canonicalJson(ARGUMENTS)),
    received: digest('{}'),
    result: { ...digest(RESULT), member: 'result' },
    upstream: digest('upstream said more'),
    events: { count: 2, sha256: HASH },
    values: digest(canonicalJson(VALUES)),
    context: digest(canonicalJson(CONTEXT)),
    timing: {
      received_ms: 1_795_000_000_001,
      forwarded_ms: 1_795_000_000_004,
      answered_ms: 1_795_000_000_050,
    },
    elicitations: ['019a9f00-0000-7000-8000-0000000000aa'],
    details: '{"__proto__":1,"role":"auditor"}',
    subject: PERSON,
  },
};

const MEMBERS: JsonObject = {
  server: { id: 'github' },
  tool: { name: 'create_issue', definition_sha256: HASH },
  decision: { effect: 'allow', policy_set_sha256: HASH },
  credential: { kind: 'minted' },
  erasure: { backups_from: 1_797_592_000 },
  aggregate: {
    from: 1_795_000_000,
    to: 1_795_000_060,
    replica: '5f0c1f0e-8a8f-4e5b-9d53-0c2a4a3c1e11',
    counts: [
      { reason: 'expired_token', count: 3 },
      { reason: 'missing_token', count: 1 },
    ],
  },
};

/** A receipt of the kind with everything it may have. `key` receipts come from the log itself. */
export function sample(
  kind: Exclude<ReceiptKind, 'key'>,
  attempt?: string,
  firstAttempt?: string,
): AddOptions {
  const layout = LAYOUT[kind];
  const clear: Record<string, Json> = {};
  for (const name of Object.keys(layout.clear)) {
    const member = MEMBERS[name];
    if (member !== undefined) clear[name] = member;
  }
  const [status] = layout.statuses;
  if (status !== undefined && 'outcome' in layout.clear) clear['outcome'] = { status };
  if (attempt !== undefined && 'attempt' in layout.clear) clear['attempt'] = attempt;
  if (firstAttempt !== undefined && 'first_attempt' in layout.clear) clear['first_attempt'] = firstAttempt;
  if (kind === 'aggregate') clear['actor'] = { mode: 'system' };
  return { kind, clear, disclose: disclosable(kind) };
}

/** Every disclosable claim of the kind. */
export function disclosable(kind: ReceiptKind): Disclosable {
  const groups = ['top', 'actor', 'server', 'decision', 'credential'] as const;
  return Object.fromEntries(
    groups.map((group) => [
      group,
      Object.fromEntries(LAYOUT[kind][group].map((name: string) => [name, CLAIMS[group][name]])),
    ]),
  ) as Disclosable;
}

/** An attempt and the tool call that closes it. */
export function addCall(log: TestLog): { attempt: Logged; outcome: Logged } {
  const attempt = log.add(sample('attempt'));
  return { attempt, outcome: log.add(sample('tool_call', attempt.jti)) };
}

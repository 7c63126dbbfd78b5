import { randomBytes, randomUUID } from 'node:crypto';
import { toBase64Url, uuidV7, type PersonId, type ReceiptId, type SubjectReference } from '#lib/core';
import { sha256Hex } from '../hash.ts';
import type { ReceiptDraft, ReceiptPerson } from '../types.ts';

export const CANARIES = {
  name: 'Canary Nameington',
  email: 'canary@mail.example',
  subject: 'canary-subject',
  ip: '203.0.113.77',
  client: 'canary-client-id',
  argument: 'canary-argument-value',
  result: 'canary-result-value',
  group: 'canary-group',
  reason: 'canary-reason',
  detail: 'canary-detail',
  uri: 'file:///canary-uri',
} as const;

export function newPerson(name: string = CANARIES.name): ReceiptPerson {
  return {
    id: randomUUID() as PersonId,
    reference: toBase64Url(randomBytes(16)) as SubjectReference,
    issuer: 'https://idp.example',
    subject: CANARIES.subject,
    email: CANARIES.email,
    name,
    groups: [CANARIES.group],
  };
}

export function newId(at = Date.now()): ReceiptId {
  return uuidV7(at, randomBytes(16));
}

export const ARGUMENTS_TEXT = `{"secret":"${CANARIES.argument}"}`;
export const RESULT_TEXT = `{"content":[{"type":"text","text":"${CANARIES.result}"}]}`;
const digest = (text: string) => ({ sha256: sha256Hex(text), bytes: Buffer.byteLength(text) });

export function newAttempt(
  person: ReceiptPerson | undefined,
  more: Partial<ReceiptDraft> = {},
): ReceiptDraft {
  return {
    id: newId(),
    at: Date.now(),
    kind: 'attempt',
    actor: {
      mode: person ? 'user' : 'agent',
      ...(person && { person, ip: CANARIES.ip }),
      clientId: CANARIES.client,
      session: 'session-1',
    },
    server: { id: 'everything', urlSha256: sha256Hex('https://upstream.example/mcp') },
    tool: { name: 'echo', definitionSha256: sha256Hex('definition') },
    decision: {
      effect: 'allow',
      policySetSha256: sha256Hex('set'),
      policies: ['allow-echo'],
      reasons: [CANARIES.reason],
      obligations: [],
      shadow: [],
    },
    credential: { kind: 'minted' },
    arguments: { ...digest(ARGUMENTS_TEXT), text: ARGUMENTS_TEXT },
    context: `{"groups":["${CANARIES.group}"],"padding":"${'x'.repeat(1100)}"}`,
    timing: { receivedMs: Date.now() },
    ...more,
  };
}

export function newOutcome(attempt: ReceiptDraft, more: Partial<ReceiptDraft> = {}): ReceiptDraft {
  const { actor, server, tool, decision, credential } = attempt;
  return {
    id: newId(),
    at: Date.now(),
    kind: 'tool_call',
    attempt: attempt.id,
    actor,
    status: 'ok',
    ...(server && { server }),
    ...(tool && { tool }),
    ...(decision && { decision }),
    ...(credential && { credential }),
    arguments: digest(ARGUMENTS_TEXT),
    result: { ...digest(RESULT_TEXT), bytes: Buffer.from(RESULT_TEXT), member: 'result' },
    timing: { receivedMs: Date.now(), answeredMs: Date.now() },
    ...more,
  };
}

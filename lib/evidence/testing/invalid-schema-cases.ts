import { type Json } from '#lib/core';
import { digestOf } from './make-receipt.ts';
import { sample } from './samples.ts';
import { caseOf, invalid, misissued, type Case } from './scene.ts';

export const INVALID_SCHEMA_CASES: readonly Case[] = [
  misissued('an unknown kind', invalid('schema'), (payload) => ({ ...payload, kind: 'gossip' })),
  misissued('a kind named like an inherited property', invalid('schema'), (payload) => ({
    ...payload,
    kind: 'toString',
  })),
  misissued('no version', invalid('schema'), (payload) =>
    Object.fromEntries(Object.entries(payload).filter(([name]) => name !== 'v')),
  ),
  misissued('a version that is text', invalid('schema'), (payload) => ({ ...payload, v: '1' })),
  misissued('an unknown member', invalid('schema'), (payload) => ({ ...payload, note: 'x' })),
  misissued('an unknown member of a group', invalid('schema'), (payload) => ({
    ...payload,
    actor: { ...(payload['actor'] as object), email: 'alice@example.com' },
  })),
  misissued('a claim in the clear that must be disclosed', invalid('schema'), (payload) => ({
    ...payload,
    uri: 'file:///',
  })),
  misissued('a member of another kind', invalid('schema'), (payload) => ({
    ...payload,
    erasure: { backups_from: 1 },
  })),
  ...['iss', 'jti', 'iat', 'log', 'actor', '_sd', '_sd_alg', 'server', 'tool', 'decision', 'outcome'].map(
    (name) =>
      misissued(`no ${name}`, invalid('schema'), (payload) =>
        Object.fromEntries(Object.entries(payload).filter(([member]) => member !== name)),
      ),
  ),
  misissued('sha-512', invalid('schema'), (payload) => ({ ...payload, _sd_alg: 'sha-512' })),
  misissued('a decoy too few', invalid('schema'), (payload) => ({
    ...payload,
    _sd: (payload['_sd'] as Json[]).slice(1),
  })),
  misissued('a decoy too many', invalid('schema'), (payload) => ({
    ...payload,
    _sd: [...(payload['_sd'] as string[]), digestOf('more')].toSorted(),
  })),
  misissued('digests that are not sorted', invalid('schema'), (payload) => ({
    ...payload,
    _sd: (payload['_sd'] as Json[]).toReversed(),
  })),
  misissued('a digest twice in one list', invalid('schema'), (payload) => {
    const digests = payload['_sd'] as string[];
    return { ...payload, _sd: digests.with(1, digests[0]!).toSorted() };
  }),
  misissued('a digest with other trailing bits', invalid('schema'), (payload) => ({
    ...payload,
    _sd: (payload['_sd'] as string[]).with(0, `${'A'.repeat(42)}B`).toSorted(),
  })),
  misissued('digests in a member without any', invalid('schema'), (payload) => ({
    ...payload,
    tool: { ...(payload['tool'] as object), _sd: [digestOf('x')] },
  })),
  misissued('an id that is no UUIDv7', invalid('schema'), (payload) => ({
    ...payload,
    jti: '5f0c1f0e-8a8f-4e5b-9d53-0c2a4a3c1e11',
  })),
  misissued('an issuer with a slash at the end', invalid('schema'), (payload) => ({
    ...payload,
    iss: `${String(payload['iss'])}/`,
  })),
  misissued('a time with a fraction', invalid('schema'), (payload) => ({ ...payload, iat: 1.5 })),
  misissued('a size beyond 2^53', invalid('schema'), (payload) => ({
    ...payload,
    log: { ...(payload['log'] as object), size: 2 ** 53 },
  })),
  misissued('a negative size', invalid('schema'), (payload) => ({
    ...payload,
    log: { ...(payload['log'] as object), size: -1 },
  })),
  misissued('a root in base64url', invalid('schema'), (payload) => ({
    ...payload,
    log: { ...(payload['log'] as object), root: `${'_'.repeat(42)}8=` },
  })),
  misissued('an unknown status', invalid('schema'), (payload) => ({
    ...payload,
    outcome: { status: 'fine' },
  })),
  misissued('an unknown effect', invalid('schema'), (payload) => ({
    ...payload,
    decision: { ...(payload['decision'] as object), effect: 'permit' },
  })),
  misissued('a server that is no label', invalid('schema'), (payload) => ({
    ...payload,
    server: { ...(payload['server'] as object), id: 'a/b' },
  })),
  misissued('a tool name without end', invalid('schema'), (payload) => ({
    ...payload,
    tool: { name: 'x'.repeat(257) },
  })),
  misissued('a definition hash in capitals', invalid('schema'), (payload) => ({
    ...payload,
    tool: { name: 'x', definition_sha256: 'A'.repeat(64) },
  })),
  caseOf('any other kind without a JWT', invalid('schema'), ({ log }) => {
    const made = log.add({ ...sample('attempt'), edit: (payload) => ({ ...payload, kind: 'sign_in' }) });
    return { bundle: log.bundle([made]) };
  }),
  caseOf('a tool call without a JWT', invalid('schema'), ({ log }) => {
    const { clear } = sample('tool_call');
    const { outcome, ...rest } = clear ?? {};
    const edit = (payload: Record<string, Json>) => ({
      ...payload,
      kind: 'tool_call',
      outcome: outcome ?? null,
    });
    return { bundle: log.bundle([log.add({ kind: 'attempt', clear: rest, edit })]) };
  }),
  caseOf('an attempt as a JWT', invalid('schema'), ({ log }) => {
    const made = log.add({ kind: 'tool_call', edit: (payload) => ({ ...payload, kind: 'attempt' }) });
    return { bundle: log.bundle([made]) };
  }),
  caseOf('counts that are not sorted', invalid('schema'), ({ log }) => {
    const counts = [
      { reason: 'missing_token', count: 1 },
      { reason: 'expired_token', count: 1 },
    ];
    const edit = (payload: Record<string, Json>) => ({
      ...payload,
      aggregate: { ...(payload['aggregate'] as object), counts },
    });
    return { bundle: log.bundle([log.add({ ...sample('aggregate'), edit })]) };
  }),
  caseOf('a payload that is a list', invalid('schema'), ({ log }) => ({
    bundle: log.bundle([log.add({ ...sample('sign_in'), spell: () => '[]' })]),
  })),
];

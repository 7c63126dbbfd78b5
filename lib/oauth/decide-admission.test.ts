import { expect, test } from 'vitest';
import type { ClientId } from '#lib/core';
import type { AgentRecord } from '#lib/identity';
import { actingAgentUnder, decideAdmission } from './decide-admission.ts';
import type { AdmissionMode } from './types.ts';

function agent(admission: AgentRecord['admission']): AgentRecord {
  return {
    clientId: 'c' as ClientId,
    name: 'Agent',
    origin: 'dynamic',
    admission,
    metadata: {},
    hasSecret: false,
    version: 1,
    createdAt: 0,
  };
}

const TABLE: readonly [AgentRecord['admission'], Record<AdmissionMode, string>][] = [
  ['listed', { listed: 'admitted', approval: 'admitted', open: 'admitted' }],
  ['admitted', { listed: 'refused', approval: 'admitted', open: 'admitted' }],
  ['open', { listed: 'refused', approval: 'pending', open: 'admitted' }],
  ['pending', { listed: 'refused', approval: 'pending', open: 'admitted' }],
  ['refused', { listed: 'refused', approval: 'refused', open: 'refused' }],
];

test.each(TABLE)('an agent recorded as %s is %o', (admission, expected) => {
  for (const mode of ['listed', 'approval', 'open'] as const) {
    expect(decideAdmission(agent(admission), mode)).toBe(expected[mode]);
    expect(actingAgentUnder(agent(admission), mode) !== undefined).toBe(expected[mode] === 'admitted');
  }
});

test('who acts through an open door is never called admitted', () => {
  expect(actingAgentUnder(agent('pending'), 'open')?.admission).toBe('open');
  expect(actingAgentUnder(agent('open'), 'open')?.admission).toBe('open');
});

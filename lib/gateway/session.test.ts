import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/core';
import { newClaims } from './session-id.ts';
import { isOwner } from './session.ts';

const ALICE = {
  server: 'ledger',
  person: { id: 'alice' },
  agent: { clientId: 'editor' },
  grant: 'first',
  mode: 'user',
} as unknown as Principal;

describe('a session', () => {
  it('is of whom it was made for', () => {
    expect(isOwner(newClaims(ALICE, 0), { ...ALICE })).toBe(true);
  });

  it.each([
    ['server', { server: 'payroll' }],
    ['person', { person: { id: 'bob' } }],
    ['person, for there is none', { person: undefined }],
    ['client', { agent: { clientId: 'assistant' } }],
    ['grant', { grant: 'second' }],
    ['mode', { mode: 'agent' }],
  ])('is nobody’s whose access differs in nothing but the %s', (_what, other) => {
    expect(isOwner(newClaims(ALICE, 0), { ...ALICE, ...other } as unknown as Principal)).toBe(false);
  });
});

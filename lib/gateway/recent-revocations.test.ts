import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/core';
import { RECENT_REVOCATIONS_MAX } from './constants.ts';
import { RecentRevocations, type Revocation } from './recent-revocations.ts';

const alice = {
  tenant: 't',
  grant: 'g',
  server: 's',
  mode: 'user',
  agent: { clientId: 'c' },
  person: { id: 'p' },
} as unknown as Principal;

function notice(kind: Revocation['kind'], subject: string, tenant = 't'): Revocation {
  return { kind, subject, tenant } as Revocation;
}

describe('recent revocations', () => {
  it.each([
    ['grant', 'g', true],
    ['person', 'p', true],
    ['client', 'c', true],
    ['server', 's', true],
    ['tenant', 't', true],
    ['grant', 'other', false],
    ['person', 'g', false],
    ['session', 'x', false],
  ] as const)('of %s %s concern this caller: %s', (kind, subject, expected) => {
    const recent = new RecentRevocations();
    const since = recent.count;
    recent.add(notice('grant', 'somebody else'));
    recent.add(notice(kind, subject));
    expect(recent.touched(alice, since)).toBe(expected);
    expect(recent.touched(alice, recent.count)).toBe(false);
  });

  it('of another tenant concern nobody here', () => {
    const recent = new RecentRevocations();
    recent.add(notice('grant', 'g', 'other'));
    expect(recent.touched(alice, 0)).toBe(false);
  });

  it('beyond what is remembered count as concerning everybody', () => {
    const recent = new RecentRevocations();
    for (let index = 0; index <= RECENT_REVOCATIONS_MAX; index += 1) recent.add(notice('grant', 'other'));
    expect(recent.touched(alice, 0)).toBe(true);
    expect(recent.touched(alice, 1)).toBe(false);
  });
});

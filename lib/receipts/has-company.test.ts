import { describe, expect, it } from 'vitest';
import { BATCH_LEAVES_MAX } from './constants.ts';
import { hasCompany } from './has-company.ts';

describe('a batch', () => {
  it('goes when half of a few calls wait for it', () => {
    expect(hasCompany(1, 0)).toBe(true);
    expect(hasCompany(1, 1)).toBe(true);
    expect(hasCompany(3, 4)).toBe(false);
  });

  it('goes when three quarters of many calls wait for it', () => {
    expect(hasCompany(6, 2)).toBe(true);
    expect(hasCompany(5, 3)).toBe(false);
    expect(hasCompany(48, 16)).toBe(true);
    expect(hasCompany(47, 17)).toBe(false);
  });

  it('goes when it is full, however many calls are elsewhere', () => {
    expect(hasCompany(BATCH_LEAVES_MAX, 10_000)).toBe(true);
  });

  it('does not go while nothing waits for it', () => {
    expect(hasCompany(0, 0)).toBe(false);
  });
});

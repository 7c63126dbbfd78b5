import { expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';

it(
  'answers whatever comes from agents and upstreams, and stays what it was',
  { timeout: 240_000 },
  async () => {
    const report = await fuzz({ inputs: 2_000, seed: 20_261_127, waitsForSlow: false, say: () => undefined });
    expect(report.findings).toEqual([]);
    expect(report.complaints).toEqual([]);
    expect(report.ok, JSON.stringify(report)).toBe(true);
  },
);

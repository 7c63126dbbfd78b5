import { describe, expect, it } from 'vitest';
import { FairPlaces } from './fair-places.ts';

/** Takes places until there is none, and says how many there were. */
function fill(places: FairPlaces<string>, party: string): number {
  let count = 0;
  while (places.take(party)) count += 1;
  return count;
}

describe('places that several share', () => {
  it('are mostly those of whoever is alone, and never all', () => {
    const places = new FairPlaces<string>(1_000, 3);
    expect(fill(places, 'flood')).toBe(750);
    expect(places.taken).toBe(750);
  });

  it('are there for others while one holds all of its share', () => {
    const places = new FairPlaces<string>(1_000, 3);
    fill(places, 'flood');
    for (let other = 0; other < 50; other += 1) expect(places.take(`other-${other}`)).toBe(true);
    expect(places.take('flood')).toBe(false);
  });

  it('are shared anew when somebody leaves', () => {
    const places = new FairPlaces<string>(1_000, 3);
    const flood = fill(places, 'flood');
    const second = fill(places, 'second');
    expect(second).toBeLessThan(flood);
    for (let left = 0; left < flood; left += 1) places.leave('flood');
    expect(second + fill(places, 'second')).toBe(750);
    expect(fill(places, 'flood')).toBeGreaterThan(100);
  });

  it('can’t be given back by whoever has none', () => {
    const places = new FairPlaces<string>(2, 3);
    places.leave('nobody');
    expect(places.taken).toBe(0);
    expect(places.take('somebody')).toBe(true);
    places.leave('nobody');
    expect(places.taken).toBe(1);
  });
});

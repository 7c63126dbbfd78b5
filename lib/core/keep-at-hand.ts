/**
 * Keeps what was worked out, in a map of at most `max` entries; one that is full begins anew. Nothing is noted of what
 * is used, so that finding something stays a bare `get`. What is asked for again and again is back after one more look,
 * and whoever comes with ever new keys makes others work things out again, and never takes more memory than the bound.
 */
export function keepAtHand<Key, Value>(kept: Map<Key, Value>, max: number, key: Key, value: Value): Value {
  if (kept.size >= max) kept.clear();
  kept.set(key, value);
  return value;
}

/**
 * core: the vocabulary every module shares.
 * Owns branded ids, Result, Principal, the clock, deadlines, canonical JSON (RFC 8785), bytes, and what keeps a
 * bound: places that many share, maps of what is kept at hand.
 * Never does I/O and never reads the time or randomness by itself; runs in Node and in the browser alike.
 * Promise: one value has one text (canonical JSON, strict base64url), so hashes and signatures mean what they say.
 */
export * from './brand.ts';
export * from './result.ts';
export * from './ids.ts';
export * from './principal.ts';
export * from './clock.ts';
export * from './deadline.ts';
export * from './json.ts';
export * from './canonical-json.ts';
export * from './bytes.ts';
export * from './fair-places.ts';
export * from './keep-at-hand.ts';
export * from './visible-text.ts';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  decodeUtf8,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
  uuidV7,
} from '#lib/core';

describe('bytes', () => {
  it('round-trip through base64url, base64 and hex', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: 'max' }), (bytes) => {
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
      { numRuns: 10 },
    );
  });

  it.each(['QQ==', 'QR', 'Q', 'Q Q', 'QQ\n', 'Q+', 'Q/'])('refuses %j as base64url', (text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });

  it.each(['QQ', 'QR==', 'Q-==', ' QQ=='])('refuses %j as base64', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8 and keeps a byte order mark', () => {
    expect(decodeUtf8(Uint8Array.of(0xff))).toBeUndefined();
    expect(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toBeUndefined();
    expect(utf8(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)) ?? '')).toEqual(
      Uint8Array.of(0xef, 0xbb, 0xbf, 0x41),
    );
  });

  it('compares and joins', () => {
    expect(equalBytes(concatBytes(utf8('a'), utf8('b')), utf8('ab'))).toBe(true);
    expect(equalBytes(utf8('ab'), utf8('ac'))).toBe(false);
    expect(equalBytes(utf8('ab'), utf8('abc'))).toBe(false);
  });
});

describe('uuidV7', () => {
  it('carries the time, the version and the variant of RFC 9562 §5.7', () => {
    const id = uuidV7(
      0x017f22e279b0,
      Uint8Array.of(0xcc, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f),
    );
    expect(id).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });
});

import { SDJwtInstance } from '@sd-jwt/core';
import { describe, expect, test } from 'vitest';
import { toBase64Url, utf8 } from '#lib/core';
import { openReceipt, RECEIPT_KINDS } from './index.ts';
import { matchDisclosures } from './process-disclosures.ts';
import { createTestLog, openLog } from './testing/make-log.ts';
import { digestOf } from './testing/make-receipt.ts';
import { nodeCrypto } from './testing/node-crypto.ts';
import { sample } from './testing/samples.ts';

const log = createTestLog();
const receipts = RECEIPT_KINDS.filter((kind) => kind !== 'attempt').map((kind) =>
  kind === 'key' ? openLog(log) : log.add(sample(kind, '019a9f00-0000-7000-8000-0000000000ff')),
);
const oracle = new SDJwtInstance({
  hasher: (data) => nodeCrypto.sha256(typeof data === 'string' ? utf8(data) : new Uint8Array(data)),
  hashAlg: 'sha-256',
  verifier: (data, signature) =>
    nodeCrypto.verifyEd25519(
      log.receiptKey.publicKey,
      utf8(data),
      new Uint8Array(Buffer.from(signature, 'base64url')),
    ),
});

describe('@sd-jwt/core as an independent reader', () => {
  test.each(receipts.map((receipt) => [receipt.kind, receipt] as const))(
    'reads a receipt of kind %s as we do, with all and with no disclosures',
    async (_kind, receipt) => {
      for (const disclosures of [Object.values(receipt.disclosures), []]) {
        const text = [receipt.leaf, ...disclosures, ''].join('~');
        const { payload, header } = await oracle.verify(text);
        const opened = openReceipt(text, nodeCrypto);
        expect(opened.ok && opened.value.payload).toEqual(payload);
        expect(opened.ok && opened.value.signature?.kid).toBe(header?.['kid']);
      }
    },
  );

  test('refuses another signature, as we do', async () => {
    const [first, second] = receipts;
    const forged = `${first?.leaf.replace(/[^.]+$/, second?.leaf.split('.')[2] ?? '')}~`;
    await expect(oracle.verify(forged)).rejects.toThrow();
  });

  // Why the oracle alone is not enough: RFC 9901 §7.1 demands that both be refused.
  test.each(['an unreferenced disclosure', 'a disclosure twice'])(
    'misses %s, which we refuse',
    async (what) => {
      const receipt = receipts[0]!;
      const [own = ''] = Object.values(receipt.disclosures);
      const added =
        what === 'a disclosure twice' ? own : toBase64Url(utf8('["AAAAAAAAAAAAAAAAAAAAAA","details","{}"]'));
      const text = [receipt.leaf, own, added, ''].join('~');
      const seen = await oracle.verify(text).then(
        () => 'accepted',
        () => 'refused',
      );
      expect(seen).toBe('accepted');
      const opened = openReceipt(text, nodeCrypto);
      expect(!opened.ok && opened.error.check).toBe('disclosures');
    },
  );
});

/** RFC 9901 §5: digests of the example and the disclosures that open them. The last two are array elements. */
const RFC_9901: readonly [string, string][] = [
  [
    'jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4',
    'WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd',
  ],
  [
    'TGf4oLbgwd5JQaHyKVQZU9UdGE0w5rtDsrZzfUaomLo',
    'WyJlbHVWNU9nM2dTTklJOEVZbnN4QV9BIiwgImZhbWlseV9uYW1lIiwgIkRvZSJd',
  ],
  [
    'JzYjH4svliH0R3PyEMfeZu6Jt69u5qehZo7F7EPYlSE',
    'WyI2SWo3dE0tYTVpVlBHYm9TNXRtdlZBIiwgImVtYWlsIiwgImpvaG5kb2VAZXhhbXBsZS5jb20iXQ',
  ],
  [
    'PorFbpKuVu6xymJagvkFsFXAbRoc2JGlAUA2BA4o7cI',
    'WyJlSThaV205UW5LUHBOUGVOZW5IZGhRIiwgInBob25lX251bWJlciIsICIrMS0yMDItNTU1LTAxMDEiXQ',
  ],
  [
    'XQ_3kPKt1XyX7KANkqVR6yZ2Va5NrPIvPYbyMvRKBMM',
    'WyJRZ19PNjR6cUF4ZTQxMmExMDhpcm9BIiwgInBob25lX251bWJlcl92ZXJpZmllZCIsIHRydWVd',
  ],
  [
    'XzFrzwscM6Gn6CJDc6vVK8BkMnfG8vOSKfpPIZdAfdE',
    'WyJBSngtMDk1VlBycFR0TjRRTU9xUk9BIiwgImFkZHJlc3MiLCB7InN0cmVldF9hZGRyZXNzIjogIjEyMyBNYWluIFN0IiwgImxvY2FsaXR5IjogIkFueXRvd24iLCAicmVnaW9uIjogIkFueXN0YXRlIiwgImNvdW50cnkiOiAiVVMifV0',
  ],
  [
    'gbOsI4Edq2x2Kw-w5wPEzakob9hV1cRD0ATN3oQL9JM',
    'WyJQYzMzSk0yTGNoY1VfbEhnZ3ZfdWZRIiwgImJpcnRoZGF0ZSIsICIxOTQwLTAxLTAxIl0',
  ],
  ['pFndjkZ_VCzmyTa6UjlZo3dh-ko8aIKQc9DlGzhaVYo', 'WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIlVTIl0'],
  ['7Cf6JkPudry3lcbwHgeZ8khAv1U1OSlerP0VkBJrWZ0', 'WyJuUHVvUW5rUkZxM0JJZUFtN0FuWEZBIiwgIkRFIl0'],
];

describe("RFC 9901's example", () => {
  const digests = new Map(RFC_9901.map(([digest]) => [digest, 'somewhere']));
  const disclosures = RFC_9901.map(([, disclosure]) => disclosure);

  test('every disclosure belongs to its published digest', () => {
    expect(disclosures.map(digestOf)).toEqual([...digests.keys()]);
    const matched = matchDisclosures(nodeCrypto.sha256, digests, disclosures.toReversed());
    expect(matched.ok && matched.value.map(({ text }) => text)).toEqual(disclosures.toReversed());
  });

  test('one that belongs to none, or stands twice, is refused [rfc9901-7.1]', () => {
    const fewer = new Map([...digests].slice(1));
    expect(matchDisclosures(nodeCrypto.sha256, fewer, disclosures).ok).toBe(false);
    expect(matchDisclosures(nodeCrypto.sha256, digests, [...disclosures, disclosures[0]!]).ok).toBe(false);
  });
});

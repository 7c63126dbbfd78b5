import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Validator, type Schema } from '@cfworker/json-schema';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '#lib/core';
import { jsonSchemas, LAYOUT, MEMBERS_IN_ORDER, openAttempt, openReceipt, RECEIPT_KINDS } from './index.ts';
import { receiptShape } from './receipt-shapes.ts';
import { findMisfit } from './shape.ts';
import { createTestLog, openLog } from './testing/make-log.ts';
import { nodeCrypto } from './testing/node-crypto.ts';
import { sample } from './testing/samples.ts';

const FOLDER = fileURLToPath(new URL('../../docs/schemas', import.meta.url));
const schemas = jsonSchemas();
const signed = new Validator(schemas['receipt-signed.schema.json'] as Schema, '2020-12');
const processed = new Validator(schemas['receipt-processed.schema.json'] as Schema, '2020-12');
const isSigned = (value: unknown) =>
  RECEIPT_KINDS.some((kind) => !findMisfit(receiptShape(kind, 'signed'), value));

const ATTEMPT = '019a9f00-0000-7000-8000-0000000000ff';
const log = createTestLog();
const receipts = RECEIPT_KINDS.map((kind) =>
  kind === 'key' ? openLog(log) : log.add(sample(kind, ATTEMPT)),
);

describe('the published JSON Schemas', () => {
  test('are what the code checks with (update with: vitest run -u)', async () => {
    // The tenant file's schema is lib/manifest's.
    const published = readdirSync(FOLDER).filter((name) => name !== 'tenant.schema.json');
    expect(published.toSorted()).toEqual(Object.keys(schemas).toSorted());
    for (const [name, schema] of Object.entries(schemas)) {
      await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(`${FOLDER}/${name}`);
    }
  });

  test.each(receipts.map((receipt) => [receipt.kind, receipt] as const))(
    'an independent validator accepts a receipt of kind %s, signed and processed',
    (kind, receipt) => {
      const disclosures = Object.values(receipt.disclosures);
      const opened =
        kind === 'attempt'
          ? openAttempt(receipt.leaf, disclosures, nodeCrypto)
          : openReceipt([receipt.leaf, ...disclosures, ''].join('~'), nodeCrypto);
      expect(opened.ok && opened.value.undisclosed).toBe(kind === 'key' ? LAYOUT.key.actor.length + 1 : 0);
      expect(signed.validate(receipt.payload).errors).toEqual([]);
      const payload = opened.ok ? opened.value.payload : {};
      expect(processed.validate(payload).errors).toEqual([]);
      expect(findMisfit(receiptShape(kind, 'processed'), payload)).toBeUndefined();
      expect(signed.validate(payload).valid).toBe(false);
    },
  );

  test('every clear member has its place in the order of RFC 8785', () => {
    expect([...MEMBERS_IN_ORDER].toSorted()).toEqual(MEMBERS_IN_ORDER);
    for (const { payload } of receipts) {
      expect(MEMBERS_IN_ORDER).toEqual(expect.arrayContaining(Object.keys(payload)));
    }
  });

  test('agree with an independent validator on mutants', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...receipts), fc.nat(), fc.jsonValue(), (receipt, pick, value) => {
        const mutant = mutate(receipt.payload, pick, value as Json);
        const ours = isSigned(mutant);
        refused += ours ? 0 : 1;
        // Integers beyond 2^53 are integers for JSON Schema; our texts can't carry them exactly.
        fc.pre(!/[0-9]{16,}|e\+/.test(JSON.stringify(mutant)));
        expect(signed.validate(mutant).valid).toBe(ours);
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});

/** One member somewhere replaced, removed or added. */
function mutate(value: Json, pick: number, by: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return by;
  const entries = Object.entries(value as JsonObject);
  const at = pick % (entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) return { ...(value as JsonObject), added: by };
  const [name, member] = entry;
  const rest = Math.floor(pick / (entries.length + 1));
  if (rest % 3 === 0) return Object.fromEntries(entries.toSpliced(at, 1));
  return { ...(value as JsonObject), [name]: mutate(member, Math.floor(rest / 3), by) };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanError } from './json-error.ts';
import { scanRequestBody, scanValue } from './scan-json.ts';
import { isFaithfulNumber } from './scan-number.ts';

function refusal(body: string | Buffer): string | undefined {
  try {
    scanRequestBody(typeof body === 'string' ? Buffer.from(body) : body);
    return undefined;
  } catch (error) {
    if (error instanceof JsonScanError) return error.reason;
    throw error;
  }
}

const ACCEPTED = [
  '{}',
  '[]',
  ' [ 1 , 2 ] ',
  '\t{"a":1,\r\n"b":[]}\n',
  '""',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041"',
  '"\\ud83d\\ude00"',
  '"😀\u0000"'.replace('\u0000', ''),
  '"\u007f"',
  'true',
  'null',
  '0',
  '-0',
  '1.0',
  '1E2',
  '0.1',
  '1e-7',
  '-12.50',
  '1e21',
  '123456789012345680000',
  '5e-324',
  '[[[[]]]]',
  '{"a":{"a":{"a":1}},"b":{"a":1}}',
];

/** In the manner of JSONTestSuite: n_ cases, which no parser may take. */
const REFUSED = [
  '',
  ' ',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1',
  '{"a":1,}',
  '{"a" 1}',
  '{a:1}',
  "{'a':1}",
  '{"a":}',
  '{"a":1',
  '{"a"',
  '{1:1}',
  '[}',
  '{]',
  '01',
  '-01',
  '1.',
  '.5',
  '1.e3',
  '1e',
  '1e+',
  '+1',
  '--1',
  '0x1',
  'NaN',
  'Infinity',
  'tru',
  'nulll',
  'True',
  '"\t"',
  '"\n"',
  '"\\x41"',
  '"\\u12"',
  '"\\u12G4"',
  '"',
  '"\\"',
  '"\\',
  '[1]]',
  '{}{}',
  '1 2',
  '/**/1',
  '[1]//',
  '\ufeff{}',
  '\u00a0{}',
  '\f1',
];

describe('grammar', () => {
  it.each(ACCEPTED)('takes %j', (text) => {
    expect(refusal(text)).toBeUndefined();
    expect(() => void JSON.parse(text)).not.toThrow();
  });

  it.each(REFUSED)('refuses %j', (text) => {
    expect(refusal(text)).toBeDefined();
    expect(() => void JSON.parse(text)).toThrow();
  });

  it('takes every JSON text that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, indent) => {
        const value: unknown = JSON.parse(text);
        if (/\\ud[89a-f]/i.test(JSON.stringify(value)) || text.includes('__proto__')) return;
        expect(refusal(JSON.stringify(value, null, indent))).toBeUndefined();
      }),
    );
  });

  it('agrees with JSON.parse on whether damaged text is JSON', () => {
    const alphabet = fc.constantFrom(...'{}[]",:\\u0129eE.+-truefalsn \t');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 12 }), (characters) => {
        const bytes = Buffer.from(characters.join(''));
        const parses = attempt(() => JSON.parse(bytes.toString()) as unknown);
        const scans = attempt(() => {
          if (!/^\s*$/.test(bytes.subarray(scanValue(bytes, leading(bytes), false)).toString()))
            throw new Error('rest');
        });
        expect(scans).toBe(parses);
      }),
      { numRuns: 5_000 },
    );
  });
});

function attempt(f: () => unknown): boolean {
  try {
    f();
    return true;
  } catch {
    return false;
  }
}

function leading(bytes: Buffer): number {
  return bytes.length - bytes.toString().replace(/^[ \t\r\n]+/, '').length;
}

describe('what two parsers could read differently', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"é":1,"\\u00e9":2}}',
    '[{"a":[{"b":1,"b":1}]}]',
    '{"__proto__":1,"__proto__":2}',
    `{${Array.from({ length: 40 }, (_, index) => `"k${index}":0`).join(',')},"k3":1}`,
  ])('refuses a duplicate key: %j', (text) => {
    expect(refusal(text)).toContain('twice in one object');
  });

  it('keeps keys apart that only look alike as bytes', () => {
    expect(refusal('{"é":1,"\u00c3\u00a9":2}')).toBeUndefined();
  });

  it.each(['"\\ud800"', '"\\udc00"', '"\\ud800\\ud800"', '"\\ud800x"', '{"\\udfff":1}', '"\\ude00\\ud83d"'])(
    'refuses a lone surrogate: %j',
    (text) => {
      expect(refusal(text)).toContain('lone surrogate');
    },
  );

  it.each([
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
    Buffer.from([0x22, 0xc0, 0x80, 0x22]),
    Buffer.from('{"a":1}', 'utf16le'),
  ])('refuses bytes that are not UTF-8', (bytes) => {
    expect(refusal(bytes)).toBeDefined();
  });

  it.each([
    '9007199254740993',
    '1e400',
    '-1e999',
    '0.1000000000000000055511151231257827',
    '1e-400',
    '12345678901234567890',
  ])('refuses a number that would change: %s', (text) => {
    expect(isFaithfulNumber(text)).toBe(false);
    expect(refusal(`{"n":${text}}`)).toContain('without changing its value');
  });

  it('takes every number that JavaScript writes, in any notation', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(isFaithfulNumber(JSON.stringify(value))).toBe(true);
        expect(isFaithfulNumber(value.toExponential())).toBe(true);
        expect(refusal(JSON.stringify(value))).toBeUndefined();
      }),
    );
  });

  it('takes an integer exactly when JavaScript writes it back the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), (value) => {
        const text = String(value);
        expect(refusal(text) === undefined).toBe(String(Number(text)) === text);
      }),
    );
  });
});

describe('bounds', () => {
  it('refuses deep nesting without exhausting the stack', () => {
    expect(refusal('['.repeat(100_000))).toBe('too deeply nested');
    expect(refusal('{"a":'.repeat(100_000))).toBe('too deeply nested');
    expect(refusal('['.repeat(64) + ']'.repeat(64))).toBeUndefined();
  });

  it('reads hundreds of thousands of keys in one object, and a long run of zeros, without looking at each again for each', () => {
    const keys = `{${Array.from({ length: 300_000 }, (_, index) => `"${index}":0`).join(',')}}`;
    expect(refusal(keys)).toBeUndefined();
    // Quadratic, this would take hours: the runner's own time limit is the assertion.
    expect(refusal(`1${'0'.repeat(200)}1${'0'.repeat(200_000)}1`)).toBeDefined();
  });
});

/** What suites of JSON readers try, each as what stands where a value may stand. */
import fc from 'fast-check';

const text = (value: string) => Buffer.from(value);
const raw = (...bytes: number[]) => Buffer.from([0x22, ...bytes, 0x22]);

/** No JSON by RFC 8259. Many readers take one or another of them all the same. */
const NOT_JSON: readonly Buffer[] = [
  ...[
    // Values and words.
    '',
    ' ',
    'True',
    'TRUE',
    'nul',
    'nulll',
    'undefined',
    'NaN',
    'Infinity',
    '-Infinity',
    'None',
    'new Date()',
    '`text`',
    "'text'",
    'text',
    '$',
    '1 2',
    '"a" "b"',
    'truefalse',
    // Lists.
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[,]',
    '[1 2]',
    '[1;2]',
    '[1:2]',
    '["a":1]',
    '[',
    '[1',
    '[1,',
    '[]]',
    '[}',
    '[1}',
    '(1)',
    // Objects.
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1,,"b":2}',
    '{"a"}',
    '{"a":}',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{:1}',
    '{a:1}',
    "{'a':1}",
    '{1:1}',
    '{null:1}',
    '{[]:1}',
    '{"a"::1}',
    '{"a"=1}',
    '{"a"=>1}',
    '{"a":1]',
    '{',
    '{"a":1}}',
    '{"a":1/*b*/}',
    '{"a":1//b\n}',
    '{"a":1#b\n}',
    // Numbers.
    '+1',
    '++1',
    '--1',
    '- 1',
    '-',
    '01',
    '-01',
    '00',
    '.5',
    '-.5',
    '5.',
    '5.e1',
    '1e',
    '1e+',
    '1E-',
    '1e1.5',
    '1ee1',
    '1_000',
    '1,000',
    '1 000',
    '0x1f',
    '0b1',
    '0o7',
    '1n',
    '1f',
    '1d',
    '1.2.3',
    '1e1e1',
    '٣',
    '１',
    // Strings.
    '"',
    '"a',
    '"\\',
    '"\\"',
    '"\\a"',
    '"\\x41"',
    '"\\0"',
    "'\\''",
    '"\\\'"',
    '"\\u"',
    '"\\u1"',
    '"\\u12"',
    '"\\u123"',
    '"\\u123g"',
    '"\\U0041"',
    '"\\u{41}"',
    '"\\v"',
    '"\t"',
    '"\n"',
    '"\r\n"',
    '"\u0000"',
    '"\u001f"',
    '"a\\\nb"',
    '“text”',
    // White space that is none.
    '\u00a01',
    '\u20281',
    '\ufeff1',
    '\u000b1',
    '\u000c1',
    '\u00001',
    '\u00851',
    '\u30001',
  ].map(text),
  // What is no UTF-8: a lone continuation, a start without one, spellings that are too long, a surrogate, beyond the last.
  raw(0x80),
  raw(0xc3),
  raw(0xc0, 0xaf),
  raw(0xc1, 0xbf),
  raw(0xe0, 0x80, 0xaf),
  raw(0xf0, 0x80, 0x80, 0xaf),
  raw(0xed, 0xa0, 0x80),
  raw(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
  raw(0xf4, 0x90, 0x80, 0x80),
  raw(0xf8, 0x88, 0x80, 0x80, 0x80),
  raw(0xfe),
  raw(0xff),
  raw(0x61, 0xe2, 0x82),
  raw(0xa4, 0x61),
];

/** JSON that every reader reads alike, however strange it looks. */
const FINE: readonly string[] = [
  '-0',
  '0e0',
  '0E+0',
  '1E+2',
  '1e-2',
  '1.0',
  '-0.1',
  '123.456e-7',
  '9007199254740992',
  '5e-324',
  '1.7976931348623157e308',
  '100000000000000000000',
  '""',
  '" "',
  '"\\""',
  '"\\\\"',
  '"\\/\\b\\f\\n\\r\\t"',
  '"\\u0000"',
  '"\\uD83D\\uDE00"',
  '"😀"',
  '"\\uDBFF\\uDFFF"',
  '"\u007f"',
  '"\u2028\u2029"',
  '"\ufeff"',
  '"\uffff"',
  '"\\uFFFF"',
  '"\u202eabc"',
  '"e\u0301"',
  '[]',
  '{}',
  '[[],{},[[]]]',
  '{"":0}',
  '{"a":{"a":{"a":1}}}',
  '{"a.b":1,"a":{"b":2}}',
  ' [ 1 , 2 ] ',
  '\r\n\t[\n]\r',
  '[null,true,false]',
];

const DIGITS = '0123456789';
/** More digits than any double has (IEEE 754: 17), none of which may be left out. */
const LONG_DIGITS_MIN = 18;

const digits = fc.string({
  unit: fc.constantFrom(...DIGITS),
  minLength: LONG_DIGITS_MIN - 2,
  maxLength: 400,
});
const unfaithful = fc
  .tuple(fc.constantFrom('', '-'), digits, fc.constantFrom('', '.0', 'e3', 'e-9'), fc.nat(1))
  .map(([sign, middle, tail, place]) =>
    place === 0 ? `${sign}1${middle}7${tail}` : `${sign}0.1${middle}7${tail === '.0' ? '' : tail}`,
  );

const hex = (unit: number) => `\\u${unit.toString(16).padStart(4, '0')}`;
const high = fc.integer({ min: 0xd800, max: 0xdbff });
const low = fc.integer({ min: 0xdc00, max: 0xdfff });
const loneSurrogate = fc
  .tuple(high, low, fc.constantFrom('', 'a', '\\n', '\\u0041', '😀'), fc.nat(4))
  .map(([first, second, other, form]) => {
    const shapes = [
      `"${hex(first)}${other}"`,
      `"${hex(second)}${other}"`,
      `"${hex(second)}${hex(first)}"`,
      `"${hex(first)}${hex(first)}${hex(second)}"`,
      `{"${hex(first)}":1}`,
    ];
    return shapes[form] as string;
  });

/** The same key twice, the second time perhaps spelled otherwise, on its own or deep inside. */
const doubled = fc
  .tuple(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.nat(40),
    fc.nat(30),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([key, depth, between, isEscaped, isInList]) => {
    const units = Array.from({ length: key.length }, (_, at) => hex(key.charCodeAt(at))).join('');
    const again = isEscaped ? `"${units}"` : JSON.stringify(key);
    const others = Array.from({ length: between }, (_, index) => `"other ${index}":${index},`).join('');
    const twice = `{${JSON.stringify(key)}:1,${others}${again}:2}`;
    const [open, close] = isInList ? ['[', ']'] : ['{"a":', '}'];
    return open.repeat(depth) + twice + close.repeat(depth);
  });

/** Nested lists and objects, this many inside each other. */
const nested = (depth: fc.Arbitrary<number>) =>
  fc.tuple(depth, fc.nat(2)).map(([levels, kind]) => {
    const isList = (level: number) => kind === 0 || (kind === 2 && level % 2 === 0);
    const all = Array.from({ length: levels }, (_, level) => level);
    const open = all.map((level) => (isList(level) ? '[' : '{"a":')).join('');
    const close = all.toReversed().map((level) => (isList(level) ? ']' : '}'));
    return `${open}1${close.join('')}`;
  });

/** Deepest that an argument may be: the whole body may be 64 deep, and the arguments begin at 3. */
const ARGUMENT_DEPTH_MAX = 64 - 3;

/** A value for which a body must be refused before anything else is looked at. */
export const refusedValue: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NOT_JSON) },
  { weight: 2, arbitrary: doubled.map(text) },
  { weight: 2, arbitrary: loneSurrogate.map(text) },
  { weight: 2, arbitrary: unfaithful.map(text) },
  { weight: 1, arbitrary: fc.constantFrom('1e400', '-1e400', '1e-400', '1e99999').map(text) },
  { weight: 1, arbitrary: nested(fc.integer({ min: ARGUMENT_DEPTH_MAX + 1, max: 3_000 })).map(text) },
);

/** A value with which a good call goes through as ever. */
export const fineValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...FINE) },
  { weight: 1, arbitrary: nested(fc.integer({ min: 1, max: ARGUMENT_DEPTH_MAX })) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }).map((value) => JSON.stringify(value)),
  },
);

import { describe, expect, it } from 'vitest';
import { JsonScanError } from './json-error.ts';
import { locateAnswer } from './locate-answer.ts';
import { spliceOf, stampMember, stripForeignStamps } from './stamp-answer.ts';

const STAMP = stampMember('0198c0de-0000-7000-8000-000000000001', {
  id: '00112233445566aa',
  size: 12,
  root: 'cm9vdA==',
});

function answer(member: 'result' | 'error', value: string): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":7,"${member}":${value}}`);
}

function stamped(bytes: Buffer): string | undefined {
  const splice = spliceOf(locateAnswer(bytes), STAMP);
  if (splice === undefined) return undefined;
  return bytes.toString('utf8', 0, splice.at) + splice.text + bytes.toString('utf8', splice.at);
}

function refusal(bytes: Buffer): string {
  try {
    locateAnswer(bytes);
  } catch (error) {
    if (error instanceof JsonScanError) return error.reason;
  }
  return 'taken';
}

describe('the stamp', () => {
  it.each([
    ['result', '{}'],
    ['result', '{ }'],
    ['result', '{"content":[]}'],
    ['result', ' {"content":[{"type":"text","text":"é 😀"}],"_meta":{}}'],
    ['result', '{"_meta":{ "a":1},"n":1.0}'],
    ['error', '{"code":1,"message":"m"}'],
    ['error', '{"code":1,"message":"m","data":{}}'],
    ['error', '{"code":1,"message":"m","data":{"x":1}}'],
    ['error', '{"code":1,"message":"m","data":{"_meta":{"x":1}}}'],
  ] as const)('of a %s %s parses, names the receipt, and can be cut out again', (member, value) => {
    const bytes = answer(member, value);
    const text = stamped(bytes) ?? '';
    const parsed = JSON.parse(text) as Record<
      string,
      { _meta?: Record<string, unknown>; data?: { _meta: Record<string, unknown> } }
    >;
    const meta = member === 'result' ? parsed[member]?._meta : parsed[member]?.data?._meta;
    expect(meta?.['dev.countersign/receipt']).toStrictEqual({
      id: '0198c0de-0000-7000-8000-000000000001',
      log: { id: '00112233445566aa', root: 'cm9vdA==', size: 12 },
    });
    const splice = spliceOf(locateAnswer(bytes), STAMP);
    expect(text.replace(splice?.text ?? '', '')).toBe(bytes.toString());
  });

  it.each(['[]', 'null', '"text"', '3'])('stays out of error.data that is not an object: %s', (data) => {
    expect(stamped(answer('error', `{"code":1,"message":"m","data":${data}}`))).toBeUndefined();
  });
});

describe('what an upstream may not say', () => {
  it.each([
    ['{"_meta":{"dev.countersign/receipt":{"id":"forged"}}}', '{"_meta":{}}'],
    ['{"_meta":{"a":1,"dev.countersign/x":2},"content":[]}', '{"_meta":{"a":1},"content":[]}'],
    ['{"_meta":{"dev\\u002ecountersign/x":2 , "a":1, "dev.countersign/y":[]}}', '{"_meta":{"a":1}}'],
    ['{"_meta":{"a":1,"dev.countersign/x":2, "b":{"c":1}}}', '{"_meta":{"a":1,"b":{"c":1}}}'],
  ])('is cut out of %s', (value, expected) => {
    const bytes = answer('result', value);
    const stripped = stripForeignStamps(bytes, locateAnswer(bytes).meta);
    expect(stripped?.toString()).toBe(answer('result', expected).toString());
  });

  it('leaves everything else byte for byte', () => {
    const bytes = answer('result', '{ "_meta" : { "a" : 1.0 } }');
    expect(stripForeignStamps(bytes, locateAnswer(bytes).meta)).toBeUndefined();
  });
});

describe('an answer', () => {
  it('is located without being changed', () => {
    const bytes = Buffer.from(
      '{"id":"a\\u0062","result":{"isError" : true,"n":12345678901234567890},"jsonrpc":"2.0"}\n',
    );
    const layout = locateAnswer(bytes);
    expect(bytes.toString('utf8', layout.value.start, layout.value.end)).toBe(
      '{"isError" : true,"n":12345678901234567890}',
    );
    expect(layout).toMatchObject({ member: 'result', isError: true, id: '"a\\u0062"', empty: false });
  });

  it.each([
    ['duplicate in the envelope', '{"jsonrpc":"2.0","id":1,"id":1,"result":{}}'],
    ['duplicate in the result', '{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":1}}'],
    ['duplicate in _meta', '{"jsonrpc":"2.0","id":1,"result":{"_meta":{"a":1,"\\u0061":1}}}'],
    ['duplicate in error', '{"jsonrpc":"2.0","id":1,"error":{"code":1,"code":1,"message":""}}'],
    [
      'duplicate in error.data',
      '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","data":{"a":1,"a":1}}}',
    ],
    ['result and error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}'],
    ['neither', '{"jsonrpc":"2.0","id":1}'],
    ['wrong version', '{"jsonrpc":"1.0","id":1,"result":{}}'],
    ['no version', '{"id":1,"result":{}}'],
    ['list', '[{"jsonrpc":"2.0","id":1,"result":{}}]'],
    ['text result', '{"jsonrpc":"2.0","id":1,"result":"x"}'],
    ['list as _meta', '{"jsonrpc":"2.0","id":1,"result":{"_meta":[]}}'],
    ['cut off', '{"jsonrpc":"2.0","id":1,"result":{'],
    ['html', '<html>'],
    ['trailing', '{"jsonrpc":"2.0","id":1,"result":{}} {}'],
  ])('with %s is not one', (_, text) => {
    expect(refusal(Buffer.from(text))).not.toBe('taken');
  });

  it('in invalid UTF-8 is not one', () => {
    const bytes = answer('result', '{"text":"?"}');
    bytes[bytes.indexOf('?')] = 0xff;
    expect(refusal(bytes)).toBe('not UTF-8');
  });

  it('may repeat a key deeper inside, for its bytes are not ours to judge', () => {
    expect(refusal(answer('result', '{"content":{"a":1,"a":2}}'))).toBe('taken');
  });
});

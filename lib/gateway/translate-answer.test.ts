import { describe, expect, it } from 'vitest';
import { readAnswerFor } from './act-answer.ts';
import { locateAnswer } from './locate-answer.ts';
import type { ActContext } from './parts.ts';

const IDENTITY = { 'io.modelcontextprotocol/serverInfo': { name: 'books', version: '1' } };
const NAMED = '"io.modelcontextprotocol/serverInfo":{"name":"books","version":"1"}';

/** What a client gets of an upstream's answer to its wire id 5; its own id is of no interest. */
function answered(
  member: 'result' | 'error',
  value: string,
  method = 'tools/call',
  identity: object = IDENTITY,
) {
  const context = {
    message: { id: 'client', wireId: 5, method, params: { uri: 'a:b' } },
    session: { single: { pooled: { identity } }, state: { upstream: { era: 'session' } } },
  } as unknown as ActContext;
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":5,"${member}":${value}}`);
  const read = readAnswerFor(context, bytes, locateAnswer(bytes));
  if ('kind' in read) throw new Error(read.message);
  const { start, end } = read.layout.value;
  return { ...read, text: read.bytes.toString('utf8', start, end) };
}

describe('a result from a server with sessions', () => {
  it.each([
    ['{}', `{"resultType":"complete","_meta":{${NAMED}}}`],
    [
      '{ "n" : 12345678901234567890.50, "a":[ 1 ] }',
      `{"resultType":"complete","_meta":{${NAMED}},"n" : 12345678901234567890.50,"a":[ 1 ]}`,
    ],
    ['{"_meta":{ "x" : 1 },"a":1}', `{"resultType":"complete","_meta":{${NAMED},"x" : 1},"a":1}`],
    [
      '{"resultType":"input_required","requestState":"s","a":1}',
      `{"resultType":"complete","_meta":{${NAMED}},"a":1}`,
    ],
    [
      '{"_meta":{"io.modelcontextprotocol/serverInfo":{}}}',
      '{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{}}}',
    ],
  ])('%s is %s', (value, expected) => {
    const { text, layout, bytes } = answered('result', value);
    expect(text).toBe(expected);
    const meta = JSON.parse(bytes.toString('utf8', layout.meta?.start, layout.meta?.end)) as unknown;
    expect((JSON.parse(text) as { _meta: unknown })._meta).toStrictEqual(meta);
  });

  it('of a server that does not say who it is has an empty _meta to be stamped in', () => {
    const { text, layout } = answered('result', '{"a":1}', 'tools/call', {});
    expect(text).toBe('{"resultType":"complete","_meta":{},"a":1}');
    expect(layout.meta?.members).toHaveLength(0);
  });

  it.each([
    ['{"resultType":"task","taskId":"t","ttlMs":5}', 'tools/call'],
    ['{"taskId":"t","ttlMs":5,"inputRequests":{}}', 'tasks/get'],
  ])('%s to %s is no task of the other era', (value, method) => {
    const { text } = answered('result', value, method, {});
    expect(text).toBe('{"resultType":"complete","_meta":{},"taskId":"t"}');
  });

  it('that is a resource may not be kept', () => {
    const { text } = answered('result', '{"contents":[]}', 'resources/read', {});
    expect(text).toBe('{"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{},"contents":[]}');
  });
});

describe('an error from a server with sessions', () => {
  it.each([
    ['{"code":-32000,"message":"m"}', '{"code":-32000,"message":"m"}', 200],
    ['{"code":-32601,"message":"m"}', '{"code":-32601,"message":"m"}', 404],
    ['{"message":"m","code":-32022,"data":[1.0]}', '{"code":-31000,"message":"m","data":[1.0]}', 200],
    ['{"code":-32099,"message":"m"}', '{"code":-31000,"message":"m"}', 200],
    ['{"code":-32100,"message":"m"}', '{"code":-32100,"message":"m"}', 200],
  ])('%s is %s with status %d', (value, expected, status) => {
    const { text, httpStatus } = answered('error', value);
    expect([text, httpStatus]).toStrictEqual([expected, status]);
  });

  it.each([
    ['', '"data":{"uri":"a:b"}'],
    [',"data":{}', '"data":{"uri":"a:b"}'],
    [',"data":{"n":1.0}', '"data":{"uri":"a:b","n":1.0}'],
    [',"data":{"uri":"c:d"}', '"data":{"uri":"c:d"}'],
    [',"data":7', '"data":7'],
  ])('that a resource is not there, with %j, has %j', (data, expected) => {
    const { text } = answered('error', `{"code":-32002,"message":"m"${data}}`, 'resources/read');
    expect(text).toBe(`{"code":-32602,"message":"m",${expected}}`);
  });
});

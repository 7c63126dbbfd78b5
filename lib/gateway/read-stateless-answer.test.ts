import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { locateAnswer } from './locate-answer.ts';
import { readStatelessAnswer } from './read-stateless-answer.ts';

function read(member: 'result' | 'error', value: string, method = 'tools/call') {
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":1,"${member}":${value}}`);
  const answer = readStatelessAnswer({ method }, bytes, locateAnswer(bytes));
  if ('kind' in answer) return answer;
  const { start, end } = answer.layout.value;
  return { text: answer.bytes.toString('utf8', start, end), received: answer.received };
}

describe('an answer of the stateless era', () => {
  it('loses what the session era does not know, and nothing else of its bytes', () => {
    const meta = '{ "io.modelcontextprotocol/serverInfo" : {"name":"s"}, "a" : 1.50 }';
    const value = `{ "resultType":"complete", "n" : 12345678901234567890 , "_meta": ${meta},"ttlMs":1 }`;
    expect(read('result', value)).toStrictEqual({
      text: '{"n" : 12345678901234567890,"_meta": {"a" : 1.50},"ttlMs":1}',
      received: { sha256: createHash('sha256').update(value).digest('hex'), bytes: value.length },
    });
  });

  it('has no _meta where nothing is left of it', () => {
    const value = '{"_meta":{"io.modelcontextprotocol/serverInfo":{}},"content":[]}';
    expect(read('result', value)).toMatchObject({ text: '{"content":[]}' });
  });

  it.each(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'resources/read'])(
    'to %s says nothing of how long it may be kept',
    (method) => {
      const value = '{"ttlMs":1,"cacheScope":"public","x":[]}';
      expect(read('result', value, method)).toMatchObject({ text: '{"x":[]}' });
    },
  );

  it('that has nothing of its era keeps its bytes and has one digest', () => {
    expect(read('result', '{"content" : []}')).toStrictEqual({
      text: '{"content" : []}',
      received: undefined,
    });
  });

  it.each([
    ['"input_required"', 'nonsense'],
    ['"task"', 'nonsense'],
    ['"maybe"', 'nonsense'],
    ['7', 'nonsense'],
    ['null', 'nonsense'],
  ])('of type %s is refused', (type, kind) => {
    expect(read('result', `{"resultType":${type}}`)).toMatchObject({ kind });
  });

  it('that names a resource which is not there has the code of the session era', () => {
    const value = '{"message":"no", "code" : -32602 ,"data":{"uri":"a:b"}}';
    expect(read('error', value, 'resources/read')).toMatchObject({
      text: '{"message":"no", "code" : -32002 ,"data":{"uri":"a:b"}}',
    });
    expect(read('error', value, 'tools/call')).toMatchObject({ text: value });
    expect(read('error', '{"code":-32602,"message":"no"}', 'resources/read')).toMatchObject({
      text: '{"code":-32602,"message":"no"}',
    });
  });

  it.each([
    [-32020, 'header_mismatch'],
    [-32021, 'refused'],
    [-32022, 'session_lost'],
  ])('with code %d is told in words', (code, kind) => {
    const answer = read('error', `{"code":${code},"message":"no"}`);
    expect(answer).toMatchObject({ kind, eraError: { code } });
  });
});

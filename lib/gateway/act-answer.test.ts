import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CommittedHead } from '#lib/receipts';
import { readAnswer, stampedResponse, type ReadAnswer } from './act-answer.ts';
import { locateAnswer } from './locate-answer.ts';

const HEAD = { id: '0011223344556677', size: 3, root: 'cm9vdA==' } as CommittedHead;

function read(text: string, id: string | number = 1) {
  const bytes = Buffer.from(text);
  return readAnswer(id, bytes, locateAnswer(bytes));
}

function answered(text: string, id: string | number = 1): ReadAnswer {
  const answer = read(text, id);
  if ('kind' in answer) throw new Error(answer.message);
  return answer;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('an upstream answer', () => {
  it('keeps its bytes, but for the stamp', () => {
    const value = '{ "n" : 12345678901234567890.50, "content":[{"text":"\\u00e9 é","type":"text"}] }';
    const answer = answered(`{"jsonrpc":"2.0","id":1,"result":${value}}`);
    expect(answer).toMatchObject({
      status: 'ok',
      result: { sha256: sha256(value), member: 'result' },
      upstream: undefined,
    });
    const response = String(stampedResponse(1, answer, 'the-receipt', HEAD));
    const stamp = /"_meta":\{"dev\.countersign\/receipt":\{[^}]*\{[^}]*\}\}\},/.exec(response)?.[0] ?? '';
    expect(response.replace(stamp, '')).toBe(`{"jsonrpc":"2.0","id":1,"result":${value}}`);
  });

  it('of any size is put together alike', () => {
    const value = `{"content":[{"type":"text","text":"${'é'.repeat(100_000)}"}]}`;
    const answer = answered(`{"jsonrpc":"2.0","id":1,"result":${value}}`);
    const response = stampedResponse(1, answer, 'the-receipt', HEAD);
    expect(Buffer.isBuffer(response)).toBe(true);
    const parsed = JSON.parse(response.toString()) as { result: { content: { text: string }[] } };
    expect(parsed.result.content[0]?.text).toHaveLength(100_000);
  });

  it('that was changed says both what came and what went', () => {
    const value = '{"content":[],"_meta":{"dev.countersign/receipt":{"id":"forged"},"own":1}}';
    const answer = answered(`{"jsonrpc":"2.0","id":1,"result":${value}}`);
    const passed = '{"content":[],"_meta":{"own":1}}';
    expect(answer.result.sha256).toBe(sha256(passed));
    expect(answer.upstream).toStrictEqual({ sha256: sha256(value), bytes: value.length });
  });

  it('loses bare CR, which a stream could not carry', () => {
    const answer = answered('{"jsonrpc":"2.0","id":1,"result":{\r\n"content":[]}}');
    expect(answer.bytes.includes(13)).toBe(false);
    expect(answer.upstream).toBeDefined();
  });

  it.each([
    ['{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[]}}', 'tool_error'],
    ['{"jsonrpc":"2.0","id":1,"result":{"isError":false}}', 'ok'],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"m"}}', 'rpc_error'],
    ['{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}', 'rpc_error'],
  ])('%s has status %s', (text, status) => {
    expect(read(text)).toMatchObject({ status });
  });

  it('to an id in another spelling is still the answer', () => {
    expect(read('{"jsonrpc":"2.0","id":"a\\u0062","result":{}}', 'ab')).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['to another request', '{"jsonrpc":"2.0","id":2,"result":{}}'],
    ['to the same number as text', '{"jsonrpc":"2.0","id":"1","result":{}}'],
    ['to nobody', '{"jsonrpc":"2.0","id":null,"result":{}}'],
    ['without a code', '{"jsonrpc":"2.0","id":1,"error":{"message":"m"}}'],
    ['without a message', '{"jsonrpc":"2.0","id":1,"error":{"code":1}}'],
    ['that wants a browser', '{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m"}}'],
  ])('%s is none', (_, text) => {
    expect(read(text)).toHaveProperty('kind');
  });
});

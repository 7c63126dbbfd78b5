import { describe, expect, it } from 'vitest';
import { parseMessage } from './parse-message.ts';

function parse(value: unknown) {
  return parseMessage(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
}

describe('a message', () => {
  it.each([
    [{ jsonrpc: '2.0', id: 1, method: 'ping' }, 'request'],
    [{ jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'x' } }, 'request'],
    [{ jsonrpc: '2.0', method: 'notifications/initialized' }, 'notification'],
    [{ jsonrpc: '2.0', id: 1, result: {} }, 'response'],
    [{ jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } }, 'response'],
  ])('%j is a %s', (value, kind) => {
    expect(parse(value)).toMatchObject({ ok: true, value: { kind } });
  });

  it.each([
    ['{', -32700, null],
    ['', -32700, null],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32700, null],
    ['{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":9007199254740993}}', -32700, null],
    ['{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\\ud800"}}', -32700, null],
    [[{ jsonrpc: '2.0', id: 1, method: 'ping' }], -32600, null],
    ['"ping"', -32600, null],
    [{ id: 1, method: 'ping' }, -32600, 1],
    [{ jsonrpc: '1.0', id: 1, method: 'ping' }, -32600, 1],
    [{ jsonrpc: '2.0', id: null, method: 'ping' }, -32600, null],
    [{ jsonrpc: '2.0', id: 1.5, method: 'ping' }, -32600, null],
    [{ jsonrpc: '2.0', id: {}, method: 'ping' }, -32600, null],
    [{ jsonrpc: '2.0', id: 'x'.repeat(300), method: 'ping' }, -32600, null],
    [{ jsonrpc: '2.0', id: 1, method: 7 }, -32600, 1],
    [{ jsonrpc: '2.0', id: 1, method: 'm'.repeat(300) }, -32600, 1],
    [{ jsonrpc: '2.0', id: 1, method: 'x', params: [] }, -32600, 1],
    [{ jsonrpc: '2.0', id: 1, method: 'x', params: 'text' }, -32600, 1],
    [{ jsonrpc: '2.0', id: 1, method: 'x', params: null }, -32600, 1],
    [{ jsonrpc: '2.0', id: 1, method: 'x', params: { _meta: 1 } }, -32600, 1],
    [{ jsonrpc: '2.0', id: 1 }, -32600, 1],
    [{ jsonrpc: '2.0', result: {} }, -32600, null],
  ])('%j is refused with %d', (value, code, id) => {
    expect(parse(value)).toMatchObject({ ok: false, error: { code, id } });
  });

  it('keeps what JavaScript would treat as a prototype a plain member', () => {
    const parsed = parse('{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{"polluted":true}}}');
    const params = parsed.ok && parsed.value.kind === 'request' ? parsed.value.params : undefined;
    expect(Object.keys(params ?? {})).toStrictEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

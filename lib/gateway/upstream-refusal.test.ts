import { describe, expect, it } from 'vitest';
import { isRefusalRead, readRefusal } from './upstream-refusal.ts';

const STATELESS = { inSession: false, stateless: true };
const IN_SESSION = { inSession: true, stateless: false };
const FIRST = { inSession: false, stateless: false };

function error(code: number, id: string | number | null): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: 'no' } }));
}

describe('a refusal in the stateless era', () => {
  it.each([
    ['of our own request', 400, error(-32602, 7)],
    ['of a method that is not there', 404, error(-32601, 'a')],
    ['about how the era is spoken, without an id', 400, error(-32020, null)],
  ])('%s is an answer', (_what, status, body) => {
    expect(readRefusal(STATELESS, status, body)).toHaveProperty('member', 'error');
  });

  it.each([
    ['an error of another era', 400, error(-32000, null)],
    ['a page', 404, Buffer.from('<html>')],
    ['nothing', 405, Buffer.alloc(0)],
    ['a result', 400, Buffer.from('{"jsonrpc":"2.0","id":7,"result":{}}')],
  ])('by %s means that the server does not speak it', (_what, status, body) => {
    expect(readRefusal(STATELESS, status, body)).toMatchObject({ kind: 'session_lost' });
  });

  it.each([301, 401, 403, 500, 502, 503])('by HTTP %d says nothing about eras, and is not read', (status) => {
    expect(isRefusalRead(STATELESS, status)).toBe(false);
    expect(readRefusal(STATELESS, status, error(-32020, 7))).not.toMatchObject({ kind: 'session_lost' });
  });

  it.each([409, 413, 429])('by HTTP %d is no more than that', (status) => {
    expect(readRefusal(STATELESS, status, Buffer.alloc(0))).toMatchObject({
      kind: 'refused',
      httpStatus: status,
    });
  });
});

describe('a refusal in a session', () => {
  it.each([
    ['404', 404, Buffer.alloc(0)],
    ['400 with words of a session', 400, Buffer.from('Bad Request: No valid session ID')],
    ['400 with an error of the era without sessions', 400, error(-32022, null)],
  ])('by %s means that the session has ended', (_what, status, body) => {
    expect(readRefusal(IN_SESSION, status, body)).toMatchObject({ kind: 'session_lost' });
  });

  it.each([
    [IN_SESSION, 400, error(-32602, 7)],
    [FIRST, 404, Buffer.alloc(0)],
  ])('by anything else is a refusal', (asked, status, body) => {
    expect(readRefusal(asked, status, body)).toMatchObject({ kind: 'refused', httpStatus: status });
  });
});

import { describe, expect, it } from 'vitest';
import { clientAddress, parseTrustedProxies } from './client-address.ts';

const none = parseTrustedProxies([]);
const proxies = parseTrustedProxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8', '::1']);

describe('without trusted proxies', () => {
  it.each(['203.0.113.9', '127.0.0.1', '10.0.0.1, 127.0.0.1', '', null, undefined])(
    'X-Forwarded-For %j says nothing',
    (header) => {
      expect(clientAddress('198.51.100.7', header, none)).toBe('198.51.100.7');
    },
  );
});

describe('behind trusted proxies', () => {
  it.each([
    ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '1.1.1.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['127.0.0.1', '10.0.0.9, 10.1.2.3', '10.0.0.9'],
    ['::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['::1', '2001:DB8:0:0::1', '2001:db8::1'],
    ['10.9.9.9', '203.0.113.9:4711', '203.0.113.9'],
    ['10.9.9.9', '[2001:db8::1]:4711', '2001:db8::1'],
    ['fd00::1', '::ffff:203.0.113.9', '203.0.113.9'],
  ])('%s forwarding %j is for %s', (socket, header, client) => {
    expect(clientAddress(socket, header, proxies)).toBe(client);
  });

  it('what the client wrote itself never counts', () => {
    expect(clientAddress('198.51.100.7', '203.0.113.9', proxies)).toBe('198.51.100.7');
    expect(clientAddress('127.0.0.1', '203.0.113.9, 198.51.100.7', proxies)).toBe('198.51.100.7');
  });

  it.each(['unknown', 'x', '203.0.113', '1', '0x7f000001', '203.0.113.999', ' ', ','])(
    'an entry that is no address (%j) ends at the proxy',
    (header) => {
      expect(clientAddress('127.0.0.1', header, proxies)).toBe('127.0.0.1');
    },
  );

  it('an endless header says nothing', () => {
    expect(clientAddress('127.0.0.1', '203.0.113.9, '.repeat(500), proxies)).toBe('127.0.0.1');
  });
});

it('one address has one spelling', () => {
  expect(clientAddress('::ffff:192.0.2.1', null, none)).toBe('192.0.2.1');
  expect(clientAddress('fe80::1%eth0', null, none)).toBe('fe80::1');
  expect(clientAddress(undefined, '203.0.113.9', proxies)).toBeUndefined();
  expect(clientAddress('nonsense', '203.0.113.9', proxies)).toBeUndefined();
});

it('what is no range is refused', () => {
  expect(() => parseTrustedProxies(['10.0.0.0/33'])).toThrow();
  expect(() => parseTrustedProxies(['proxy'])).toThrow();
});

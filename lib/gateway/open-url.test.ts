import { describe, expect, it } from 'vitest';
import { createAddresses } from '#lib/edge';
import { readOpenUrl } from './open-url.ts';

const addresses = createAddresses({
  tenantUrl: 'https://{tenant}.mcp.example.com',
  viewsUrl: 'https://{label}.example-usercontent.net',
});
const rules = { https: true, isOurs: (host: string) => addresses.matchHost(host).kind !== 'none' };

describe('a page that a server wants a person to open', () => {
  it('may be any that is https', () => {
    expect(readOpenUrl('https://pay.example.com/?a=b', rules)).toMatchObject({ ok: true });
  });

  it.each([
    ['of this tenant', 'https://acme.mcp.example.com/connections'],
    ['of another tenant', 'https://rival.mcp.example.com/consent/x'],
    ['of all tenants', 'https://mcp.example.com/'],
    ['of a view', `https://${'0'.repeat(32)}.example-usercontent.net/`],
    ['with the dot at its end that names the same host', 'https://acme.mcp.example.com./connections'],
    ['at the port of its scheme', 'https://acme.mcp.example.com:443/connections'],
  ])('is none of Countersign, %s', (_what, url) => {
    expect(readOpenUrl(url, rules)).toMatchObject({
      ok: false,
      error: 'url must not be an address of Countersign.',
    });
  });
});

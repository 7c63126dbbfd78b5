import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServerId, TenantSlug } from '#lib/core';
import { createAddresses } from './addresses.ts';
import type { WellKnownName } from './types.ts';

const views = 'http://{label}.mcpapps.localhost:3000';
const templates = [
  createAddresses({ tenantUrl: 'http://localhost:3000/t/{tenant}', viewsUrl: views }),
  createAddresses({ tenantUrl: 'http://{tenant}.mcp.localhost:3000', viewsUrl: views }),
  createAddresses({
    tenantUrl: 'https://{tenant}.mcp.example.com',
    viewsUrl: 'https://{label}.usercontent.example',
  }),
];
const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?$/);
const below = fc.constantFrom('', '/mint', '/mcp/github') as fc.Arbitrary<'' | `/${string}`>;
const name = fc.constantFrom<WellKnownName>(
  'oauth-protected-resource',
  'oauth-authorization-server',
  'openid-configuration',
);

it('every address that is written is found again', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...templates),
      label,
      label,
      below,
      name,
      (addresses, slug, server, rest, document) => {
        const tenant = slug as TenantSlug;
        const found = (url: string) => addresses.match(new URL(url).host, new URL(url).pathname);
        const resource = addresses.resourceUrl(tenant, server as ServerId);
        expect(found(resource)).toEqual({ kind: 'tenant', slug, path: `/mcp/${server}` });
        expect(addresses.parseResourceUrl(resource)).toEqual({ slug, server });
        expect(found(addresses.canonicalUrl(tenant))).toEqual({ kind: 'tenant', slug, path: '/' });
        const metadata = addresses.wellKnownUrl(tenant, document, rest);
        expect(found(metadata)).toEqual({ kind: 'well-known', slug, name: document, path: rest });
      },
    ),
  );
});

it('no address has another spelling: encoded in part, in whatever case, it names nothing', () => {
  const [byPath, byHost] = templates;
  const hot = fc.constantFrom('/mcp/github', '/oauth/token', '/mint/jwks', '/log/1f/tile/0/000');
  const encode = (text: string, which: readonly boolean[], upper: boolean) =>
    [...text]
      .map((character, index) => {
        const hex = character.charCodeAt(0).toString(16);
        return which[index] === true ? `%${upper ? hex.toUpperCase() : hex}` : character;
      })
      .join('');
  const which = fc
    .array(fc.boolean(), { minLength: 9, maxLength: 30 })
    .filter((bits) => bits.slice(0, 9).includes(true));
  fc.assert(
    fc.property(hot, which, fc.boolean(), (path, bits, upper) => {
      const targets = [
        ['localhost:3000', `/t/acme${path}`, byPath],
        ['localhost:3000', `/.well-known/oauth-protected-resource/t/acme${path}`, byPath],
        ['acme.mcp.localhost:3000', path, byHost],
      ] as const;
      for (const [host, target, addresses] of targets) {
        const spelled = `/${encode(target.slice(1), bits, upper)}`;
        expect(addresses?.match(host, spelled), spelled).toEqual({ kind: 'not-found' });
      }
    }),
  );
});

it('no text at all makes it throw, or name a tenant that is no DNS label', () => {
  const host = fc.oneof(
    fc.string(),
    fc.constantFrom('localhost:3000', 'acme.mcp.localhost:3000'),
    label.map((text) => `${text}.mcp.localhost:3000`),
  );
  const path = fc.oneof(
    fc.string(),
    fc.string().map((text) => `/t/${text}`),
    fc.webPath(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...templates), host, path, (addresses, from, to) => {
      const match = addresses.match(from, to);
      addresses.internalPath(match);
      if ('slug' in match) expect(match.slug).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
    }),
    { numRuns: 2_000 },
  );
});

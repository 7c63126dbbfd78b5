import { randomBytes } from 'node:crypto';
import type { ServerId } from '#lib/core';
import { plainPage, securityHeaders } from '#lib/edge';
import type { Parts } from './parts.ts';
import type { Exchange } from './types.ts';

/** Somebody opened the address in a browser. An agent's GET asks for a stream of events, and never for a page. */
export function isOpenedByPerson(exchange: Exchange): boolean {
  return exchange.method === 'GET' && (exchange.header('accept') ?? '').includes('text/html');
}

/** What an MCP address is for. The answer is the refusal that an agent gets: only its body is for people. */
export function showAddressForAgents(
  { addresses }: Pick<Parts, 'addresses'>,
  exchange: Exchange,
  server: ServerId,
  challenge: readonly string[],
): void {
  const { slug, displayName, canonicalUrl } = exchange.tenant;
  const nonce = randomBytes(16).toString('base64');
  const html = plainPage(
    {
      title: 'This address is for agents',
      organisation: displayName,
      paragraphs: [
        'It is the URL of an MCP server, and has no page of its own. Add it to your agent (an assistant, an editor), which then opens a browser in which you sign in and allow it:',
        addresses.resourceUrl(slug, server),
      ],
      link: { href: `${canonicalUrl}/servers`, text: 'Servers, and how each agent is connected' },
    },
    nonce,
  );
  const policy = Object.entries(securityHeaders('hosted', { https: addresses.https, nonce })).flat();
  const length = String(Buffer.byteLength(html));
  exchange.respond(
    401,
    [...policy, 'content-type', 'text/html; charset=utf-8', 'content-length', length, ...challenge],
    html,
  );
}

import type { ServerId } from '#lib/core';
import { plainPage } from '#lib/edge';
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
  const { html, headers } = plainPage(
    {
      title: 'This address is for agents',
      organisation: displayName,
      paragraphs: [
        'It is the URL of an MCP server, and has no page of its own. Add it to your agent (an assistant, an editor), which then opens a browser in which you sign in and allow it:',
        addresses.resourceUrl(slug, server),
      ],
      link: { href: `${canonicalUrl}/servers`, text: 'Servers, and how each agent is connected' },
    },
    { https: addresses.https },
  );
  const length = String(Buffer.byteLength(html));
  exchange.respond(401, [...Object.entries(headers).flat(), 'content-length', length, ...challenge], html);
}

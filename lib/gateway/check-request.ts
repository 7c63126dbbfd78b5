import { PROTOCOL_VERSIONS } from './constants.ts';
import type { HttpRefusal } from './http-answers.ts';
import { mediaType } from './media-type.ts';
import type { Exchange } from './types.ts';

/** What a POST's headers must say before its body is read. */
export function checkPostHeaders(exchange: Exchange): HttpRefusal | undefined {
  if (mediaType(exchange.header('content-type')) !== 'application/json') {
    return { status: 415, message: 'Send the message as application/json.' };
  }
  const accept = exchange.header('accept');
  if (!accepts(accept, 'application/json') || !accepts(accept, 'text/event-stream')) {
    return { status: 406, message: 'Accept must name both application/json and text/event-stream.' };
  }
  return undefined;
}

export function checkStreamHeaders(exchange: Exchange): HttpRefusal | undefined {
  if (!accepts(exchange.header('accept'), 'text/event-stream')) {
    return { status: 406, message: 'Accept must name text/event-stream.' };
  }
  return checkVersion(exchange);
}

/** Of a session. Absent means 2025-03-26 or the revision negotiated; anything else must be one that is spoken in sessions. */
export function checkVersion(exchange: Exchange): HttpRefusal | undefined {
  const version = exchange.header('mcp-protocol-version');
  if (version === undefined || PROTOCOL_VERSIONS.includes(version)) return undefined;
  return {
    status: 400,
    message: `MCP-Protocol-Version ${JSON.stringify(version.slice(0, 40))} is not spoken here. Use one of ${PROTOCOL_VERSIONS.join(', ')}.`,
  };
}

/** The raw token of `Authorization: Bearer …`; null for another scheme, undefined without the header. */
export function bearerToken(exchange: Exchange): string | null | undefined {
  const header = exchange.header('authorization');
  if (header === undefined) return undefined;
  const match = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header);
  return match?.[1] ?? null;
}

function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined || header.includes(type) || header.includes('*/*')) return true;
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  return header.toLowerCase().includes(type) || header.includes(family);
}

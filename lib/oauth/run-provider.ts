import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { FetchIncomingMessage, toFetchResponse, toReqRes } from 'fetch-to-node';
import type { Provider } from 'oidc-provider';
import { rememberVisit, type Visit } from './visit.ts';

/** The only headers that reach oidc-provider; none of them says where we are. */
const PASSED_HEADERS = [
  'accept',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'content-type',
  'cookie',
  'origin',
];

/** A request as oidc-provider shall see it. */
export interface InnerRequest {
  readonly method: string;
  readonly headers: Headers;
  /** Path and query below the canonical URL. */
  readonly path: string;
  /** Absent for GET and OPTIONS. */
  readonly body?: string;
}

/** Koa asks the socket for the scheme and the client's address; fetch-to-node has none. */
class AddressedMessage extends FetchIncomingMessage {
  readonly #socket: object;

  constructor(encrypted: boolean, remoteAddress: string) {
    super();
    this.#socket = Object.assign(new EventEmitter(), { encrypted, remoteAddress, readable: true });
  }

  // The declared type says null; a socket's place is where Koa looks for these two.
  override get socket(): null {
    return this.#socket as unknown as null;
  }

  override get connection(): null {
    return this.#socket as unknown as null;
  }
}

/**
 * Runs one request through oidc-provider as if it had come to the canonical URL. Host, scheme and path are the
 * configuration's: whatever Host or X-Forwarded-* headers said has no way in.
 */
export async function runProvider(
  provider: Provider,
  canonicalUrl: string,
  { method, headers, path, body }: InnerRequest,
  visit: Visit,
): Promise<Response> {
  const canonical = new URL(canonicalUrl);
  const mount = canonical.pathname.replace(/\/$/, '');
  const passed = new Headers({ host: canonical.host });
  for (const name of PASSED_HEADERS) {
    const value = headers.get(name);
    if (value !== null) passed.set(name, value);
  }
  if (body !== undefined) passed.set('content-length', String(Buffer.byteLength(body)));
  const request = new Request(new URL(path, canonical.origin), {
    method,
    headers: passed,
    ...(body === undefined ? {} : { body }),
  });
  const { req, res } = toReqRes(request, {
    createIncomingMessage: () => new AddressedMessage(canonical.protocol === 'https:', visit.ip),
  });
  const message: IncomingMessage & { originalUrl?: string } = req;
  message.originalUrl = `${mount}${message.url ?? ''}`;
  rememberVisit(message, visit);
  await provider.callback()(message, res);
  return toFetchResponse(res);
}

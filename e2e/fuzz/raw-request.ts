/** Requests as bytes, so that they may be anything. */

/** One request as the bytes that go onto the wire. */
export interface RawRequest {
  /** What is odd about it, for the report. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** Sent in pieces of this many bytes; all at once where it is 0. */
  readonly pieceBytes: number;
  /** The request never ends, or ends in the middle: that there is no answer is an answer. */
  readonly incomplete: boolean;
  /** What is certain about its answer. */
  readonly must?: Must;
}

/** A call goes through, under its own id; or is refused so, and nothing with this `n` arrives at the upstream. */
export type Must =
  | { readonly kind: 'pass'; readonly id: string }
  | {
      readonly kind: 'refuse';
      readonly statuses: readonly number[];
      readonly codes?: readonly number[];
      readonly n: number;
    };

/** Whose requests they are: two agents of two people, each with a session of its own at the same server. */
export interface Identity {
  readonly host: string;
  readonly path: string;
  readonly token: string;
  readonly session: string;
  readonly foreignSession: string;
  readonly foreignToken: string;
  /** The same agent's at the other server, and its session here that has ended. */
  readonly otherToken: string;
  readonly otherSession: string;
  readonly endedSession: string;
}

export type Headers = readonly (readonly [name: string, value: string])[];

/** Everything a good client of the session era sends. */
export function goodHeaders({ host, token, session }: Identity): Headers {
  return [
    ['host', host],
    ['accept', 'application/json, text/event-stream'],
    ['content-type', 'application/json'],
    ['authorization', `Bearer ${token}`],
    ['mcp-session-id', session],
    ['mcp-protocol-version', '2025-11-25'],
    ['connection', 'close'],
  ];
}

/** What every request of the stateless era says in `params._meta`, as JSON. */
export const STATELESS_META =
  '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}}}';

/** Everything a good client of the stateless era sends with a request of this method and name. */
export function statelessHeaders(identity: Identity, method: string, name: string): Headers {
  const good = goodHeaders(identity).filter(([known]) => known !== 'mcp-session-id');
  return [...replace(good, 'mcp-protocol-version', '2026-07-28'), ['mcp-method', method], ['mcp-name', name]];
}

/** A whole request with good headers: of the stateless era where `mirrored` names what its headers repeat. */
export function rawPost(
  identity: Identity,
  kind: string,
  body: string,
  mirrored?: { readonly method: string; readonly name: string },
): RawRequest {
  const payload = Buffer.from(body);
  const headers =
    mirrored === undefined
      ? goodHeaders(identity)
      : statelessHeaders(identity, mirrored.method, mirrored.name);
  const sized: Headers = [...headers, ['content-length', String(payload.length)]];
  const bytes = write(`POST ${identity.path} HTTP/1.1`, sized, payload);
  return { kind, bytes, pieceBytes: 0, incomplete: false };
}

export function replace(headers: Headers, name: string, value: string): Headers {
  return [...headers.filter(([known]) => known !== name), [name, value]];
}

export function write(line: string, headers: Headers, payload: Buffer): Buffer {
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${line}\r\n${head}\r\n`, 'latin1'), payload]);
}

/** Answers as bytes, so that they may be anything. */

/** How an upstream answers one request: bytes, and what becomes of the connection. */
export interface RawAnswer {
  readonly kind: string;
  /** The whole HTTP response for the request with this JSON-RPC id (as text). */
  readonly bytes: (id: string) => Buffer;
  /** Sent in pieces of this many bytes, with this pause between them; all at once where it is 0. */
  readonly pieceBytes: number;
  readonly pauseMs?: number;
  readonly ending: 'close' | 'reset' | 'stay';
  /** It is right, if strange: the agent has to get it. */
  readonly says?: 'fine';
}

/** One JSON-RPC message, as a function of the id that it should carry. */
export type MessageText = (id: string) => string;

type HeaderLine = readonly [name: string, value: string];

export const JSON_TYPE: HeaderLine = ['content-type', 'application/json'];
export const STREAM_TYPE: HeaderLine = ['content-type', 'text/event-stream'];

export function head(status: string, headers: readonly HeaderLine[]): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`HTTP/1.1 ${status}\r\n${lines}\r\n`, 'latin1');
}

/** With its length, unless the headers say one, or that there is none. */
export function http(status: string, headers: readonly HeaderLine[], body: Buffer): Buffer {
  const isSized = headers.some(([name]) => name === 'content-length' || name === 'transfer-encoding');
  const length: HeaderLine = ['content-length', String(body.length)];
  return Buffer.concat([head(status, isSized ? headers : [...headers, length]), body]);
}

export function closing(kind: string, bytes: RawAnswer['bytes']): RawAnswer {
  return { kind, bytes, pieceBytes: 0, ending: 'close' };
}

import { connect } from 'node:net';
import type { RawRequest } from './raw-request.ts';

/** What came back, as far as it can be read as HTTP/1.1. */
export interface RawResponse {
  /** Undefined: the connection ended without a status line. */
  readonly status: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Longest wait for the end of an answer that has begun; beyond it what has come is taken. */
const ANSWER_MS = 15_000;
/** Longest wait for the beginning: no machine is busy enough to be the reason for more. */
const BEGINNING_MS = 120_000;
/** A request that will never be complete is given this long to be answered all the same. */
const INCOMPLETE_MS = 400;

/** Sends bytes on a connection of their own and reads until the other side closes it. */
export async function exchange(port: number, request: RawRequest): Promise<RawResponse> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('end', () => resolve());
    socket.once('error', () => resolve());
    const wait = (ms: number, then: () => void) => void setTimeout(then, ms).unref();
    if (request.incomplete) return wait(INCOMPLETE_MS, resolve);
    wait(ANSWER_MS, () => (chunks.length > 0 ? resolve() : wait(BEGINNING_MS - ANSWER_MS, resolve)));
  });
  socket.on('data', (chunk) => chunks.push(chunk));
  const step = request.pieceBytes === 0 ? request.bytes.length : request.pieceBytes;
  for (let at = 0; at < request.bytes.length && !socket.destroyed; at += step) {
    socket.write(request.bytes.subarray(at, at + step));
    if (request.pieceBytes > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (request.kind === 'half-closed') socket.end();
  await ended;
  socket.destroy();
  return readResponse(Buffer.concat(chunks).toString('latin1'));
}

function readResponse(text: string): RawResponse {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1];
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  if (status === '100') return readResponse(text.slice(end + 4));
  const raw = end < 0 ? '' : text.slice(end + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? joinChunks(raw) : raw;
  return {
    status: status === undefined ? undefined : Number(status),
    headers,
    body: Buffer.from(body, 'latin1').toString('utf8'),
  };
}

/** RFC 9112 §7.1, as far as it has come. */
function joinChunks(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = lineEnd < 0 ? 0 : Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(size > 0)) return parts.join('');
    parts.push(text.slice(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { RawAnswer } from './raw-answer.ts';

/** The transport of 2024-11-05: a stream that names where messages are posted, and on which everything comes back. */
export interface SseSide {
  /** `posted`: a message came, whose answer belongs on the stream. `answered`: there is nothing more to do. */
  take(request: IncomingMessage, response: ServerResponse): 'posted' | 'answered' | 'not for it';
  /** A well-behaved answer to what was posted. */
  say(request: IncomingMessage, message: object): void;
  /** What stands in the body of an answer of the fuzzer's, as bytes on the stream. */
  write(request: IncomingMessage, answer: RawAnswer, id: string): Promise<void>;
}

export const SSE_PATH = '/sse';
const MESSAGES_PATH = '/messages';

export function createSseSide(): SseSide {
  const streams = new Map<string, ServerResponse>();
  let opened = 0;
  const streamOf = ({ url }: IncomingMessage) => streams.get(url?.slice(`${MESSAGES_PATH}?`.length) ?? '');
  return {
    take(request, response) {
      if (request.url?.startsWith(`${MESSAGES_PATH}?`)) {
        const isThere = streamOf(request) !== undefined;
        response.writeHead(isThere ? 202 : 404).end();
        return isThere ? 'posted' : 'answered';
      }
      if (request.url !== SSE_PATH) return 'not for it';
      // Whoever posts here speaks of later revisions.
      if (request.method !== 'GET') response.writeHead(405).end();
      else {
        opened += 1;
        const name = String(opened);
        streams.set(name, response);
        response.once('close', () => streams.delete(name));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: endpoint\ndata: ${MESSAGES_PATH}?${name}\n\n`);
      }
      return 'answered';
    },
    say: (request, message) =>
      void streamOf(request)?.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`),
    async write(request, { bytes, pieceBytes, pauseMs, ending }, id) {
      const stream = streamOf(request);
      const all = eventsIn(bytes(id));
      const step = pieceBytes === 0 ? Math.max(all.length, 1) : pieceBytes;
      for (let at = 0; at < all.length && stream?.destroyed === false; at += step) {
        stream.write(all.subarray(at, at + step));
        await (pauseMs === undefined ? setImmediate() : setTimeout(pauseMs));
      }
      // It is everybody's stream: only a reset ends it.
      if (ending === 'reset') stream?.destroy();
    },
  };
}

/** Behind the head; a body that is no stream becomes one event. */
function eventsIn(answer: Buffer): Buffer {
  const end = answer.indexOf('\r\n\r\n');
  const body = end < 0 ? answer : answer.subarray(end + 4);
  if (answer.includes('text/event-stream')) return Buffer.concat([body, Buffer.from('\n\n')]);
  return Buffer.concat([Buffer.from('data: '), body, Buffer.from('\n\n')]);
}

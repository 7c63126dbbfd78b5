import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { BODIES, HEADER_VALUES, METHODS } from './corpus.ts';
import { frames } from './generate-frames.ts';
import { oneOf, valueText } from './generate-message.ts';
import { closing, http, JSON_TYPE, type MessageText, type RawAnswer, STREAM_TYPE } from './raw-answer.ts';

/** One JSON-RPC message, as a function of the id that it should carry. */
const messageText: fc.Arbitrary<MessageText> = fc.oneof<fc.Arbitrary<MessageText>[]>(
  valueText.map(
    (value) => (id) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":${value}}}`,
  ),
  valueText.map((value) => (id) => `{"jsonrpc":"2.0","id":${id},"result":${value}}`),
  valueText.map((value) => (id) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"_meta":${value}}}`),
  valueText.map((value) => (id) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"isError":${value}}}`),
  valueText.map(
    (value) => (id) => `{"jsonrpc":"2.0","id":${id},"result":{"resultType":${value},"content":[]}}`,
  ),
  fc.tuple(valueText, valueText).map(
    ([asked, state]) =>
      (id) =>
        `{"jsonrpc":"2.0","id":${id},"result":{"resultType":"input_required","inputRequests":${asked},"requestState":${state}}}`,
  ),
  valueText.map((value) => (id) => `{"jsonrpc":"2.0","id":${id},"error":${value}}`),
  valueText.map(
    (value) => (id) => `{"jsonrpc":"2.0","id":${id},"error":{"code":-32602,"message":"no","data":${value}}}`,
  ),
  valueText.map(
    (value) => (id) => `{"jsonrpc":"2.0","id":${id},"error":{"code":${value},"message":${value}}}`,
  ),
  valueText.map((value) => () => `{"jsonrpc":"2.0","id":${value},"result":{"content":[]}}`),
  fc.tuple(oneOf(METHODS), valueText).map(
    ([method, value]) =>
      () =>
        `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${value}}`,
  ),
  fc.tuple(oneOf(METHODS), valueText, valueText).map(
    ([method, own, value]) =>
      () =>
        `{"jsonrpc":"2.0","id":${own},"method":${JSON.stringify(method)},"params":${value}}`,
  ),
  fc.constant(
    (id: string) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"fine"}]}}`,
  ),
  oneOf(BODIES).map((text) => () => text),
);

const payload: fc.Arbitrary<(id: string) => Buffer> = fc.oneof(
  { weight: 5, arbitrary: messageText.map((text) => (id: string) => Buffer.from(text(id))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => () => Buffer.from(bytes)) },
);

const event: fc.Arbitrary<MessageText> = fc.oneof(
  {
    weight: 5,
    arbitrary: messageText.map(
      (text) => (id: string) => `data: ${text(id).replaceAll('\n', '\ndata: ')}\n\n`,
    ),
  },
  {
    weight: 1,
    arbitrary: messageText.map((text) => (id: string) => `event: message\r\ndata: ${text(id)}\r\n\r\n`),
  },
  { weight: 1, arbitrary: messageText.map((text) => (id: string) => `data: ${text(id)}\r\r`) },
  { weight: 1, arbitrary: fc.constant(() => ': a comment\n\n') },
  { weight: 1, arbitrary: fc.constant(() => 'retry: 99999999999999999999\nid: a\u0000b\n\n') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => () => `id: ${text}\n`) },
  { weight: 1, arbitrary: fc.constant(() => `data: ${'x'.repeat(50_000)}`) },
  { weight: 1, arbitrary: fc.constant(() => 'event: endpoint\ndata: http://127.0.0.1:9/elsewhere\n\n') },
);

const HEADERS = [
  'content-type',
  'content-encoding',
  'mcp-session-id',
  'location',
  'set-cookie',
  'content-length',
  'transfer-encoding',
  'www-authenticate',
  'retry-after',
];

const STATUSES = [
  '200 OK',
  '101 Switching Protocols',
  '103 Early Hints',
  '201 Created',
  '202 Accepted',
  '204 No Content',
  '206 Partial Content',
  '301 Moved',
  '302 Found',
  '304 Not Modified',
  '307 Temporary Redirect',
  '400 Bad Request',
  '401 Unauthorized',
  '403 Forbidden',
  '404 Not Found',
  '405 No',
  '429 Too Many',
  '500 Oops',
  '503 Busy',
  '599 Made Up',
  '999 What',
  '99 Less',
  'abc',
];

/** Answers of every kind, as often as each is worth. One in some hundred leaves the call waiting to its time limit. */
export const answers: fc.Arbitrary<RawAnswer> = fc.oneof(
  {
    weight: 80,
    arbitrary: payload.map((body) => closing('json', (id) => http('200 OK', [JSON_TYPE], body(id)))),
  },
  {
    weight: 60,
    arbitrary: fc
      .array(event, { minLength: 1, maxLength: 6 })
      .map((events) =>
        closing('stream', (id) =>
          http('200 OK', [STREAM_TYPE], Buffer.from(events.map((text) => text(id)).join(''))),
        ),
      ),
  },
  {
    weight: 30,
    arbitrary: fc
      .tuple(fc.array(event, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 30 }))
      .map(([events, pieceBytes]) => ({
        ...closing('stream in pieces', (id) =>
          http(
            '200 OK',
            [STREAM_TYPE],
            Buffer.from(
              events
                .map((text) => text(id))
                .join('')
                .slice(0, 3_000),
            ),
          ),
        ),
        pieceBytes,
      })),
  },
  {
    weight: 30,
    arbitrary: fc
      .tuple(oneOf(STATUSES), payload)
      .map(([status, body]) => closing(`status ${status}`, (id) => http(status, [JSON_TYPE], body(id)))),
  },
  {
    weight: 30,
    arbitrary: fc
      .tuple(oneOf(HEADERS), oneOf(HEADER_VALUES), payload)
      .map(([name, value, body]) =>
        closing(`header ${name}`, (id) => http('200 OK', [JSON_TYPE, [name, value]], body(id))),
      ),
  },
  { weight: 40, arbitrary: frames },
  {
    weight: 10,
    arbitrary: payload.map((body) =>
      closing('compressed', (id) =>
        http(
          '200 OK',
          [JSON_TYPE, ['content-encoding', 'gzip']],
          gzipSync(Buffer.concat([body(id), Buffer.alloc(500_000)])),
        ),
      ),
    ),
  },
  {
    weight: 10,
    arbitrary: fc.tuple(payload, fc.integer({ min: 0, max: 99 })).map(([body, percent]) =>
      closing('cut off', (id) => {
        const bytes = http('200 OK', [JSON_TYPE], body(id));
        return bytes.subarray(0, Math.floor((bytes.length * percent) / 100));
      }),
    ),
  },
  {
    weight: 5,
    arbitrary: payload.map((body) => ({
      ...closing('reset', (id: string) => http('200 OK', [JSON_TYPE], body(id)).subarray(0, 40)),
      ending: 'reset' as const,
    })),
  },
  {
    weight: 5,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 300 })
      .map((bytes) => closing('noise', () => Buffer.from(bytes))),
  },
  {
    weight: 3,
    arbitrary: messageText.map((text) =>
      closing('two answers', (id) =>
        Buffer.concat([
          http('200 OK', [JSON_TYPE], Buffer.from(text(id))),
          http('200 OK', [JSON_TYPE], Buffer.from(text(id))),
        ]),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: event.map((text) => ({
      ...closing('no end', (id: string) =>
        http('200 OK', [STREAM_TYPE, ['content-length', '999999']], Buffer.from(text(id))),
      ),
      ending: 'stay' as const,
    })),
  },
);

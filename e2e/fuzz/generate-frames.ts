/** What an upstream does with frames, lengths and time, whatever the message in them says. */
import fc from 'fast-check';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import {
  type RawAnswer,
  closing,
  head,
  http,
  JSON_TYPE,
  type MessageText,
  STREAM_TYPE,
} from './raw-answer.ts';

const MIB = 1024 * 1024;

const fineText: MessageText = (id) =>
  `{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete","content":[{"type":"text","text":"fine"}]}}`;
const longText =
  (bytes: number): MessageText =>
  (id) =>
    `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${'x'.repeat(bytes)}"}]}}`;
const progress = (index: number) =>
  `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":${index}}}`;
const event = (text: string) => `data: ${text}\n\n`;
const stream = (text: (id: string) => string) => (id: string) =>
  http('200 OK', [STREAM_TYPE], Buffer.from(text(id)));

/** On both sides of each bound: messages inside a call (1 MiB), results (16 MiB), how many messages (10,000). */
const giants: fc.Arbitrary<RawAnswer> = fc.oneof(
  fc
    .constantFrom(MIB - 200, MIB, 3 * MIB, 15 * MIB, 17 * MIB)
    .map((bytes) =>
      closing('a giant result', (id) => http('200 OK', [JSON_TYPE], Buffer.from(longText(bytes)(id)))),
    ),
  fc.constantFrom(MIB - 200, MIB, 3 * MIB, 15 * MIB, 17 * MIB).map((bytes) =>
    closing(
      'a giant event',
      stream((id) => event(longText(bytes)(id))),
    ),
  ),
  fc.constantFrom(100, MIB, 17 * MIB).map((bytes) =>
    closing(
      'an event without an end',
      stream(() => `data: ${'x'.repeat(bytes)}`),
    ),
  ),
  fc.constantFrom(100, 9_990, 10_100).map((count) =>
    closing(
      'a flood of messages',
      stream(
        (id) => Array.from({ length: count }, (_, at) => event(progress(at))).join('') + event(fineText(id)),
      ),
    ),
  ),
  fc.constantFrom(10_000, 300_000).map((count) =>
    closing(
      'a flood of lines',
      stream((id) => `${'data:\n'.repeat(count)}\n${event(fineText(id))}`),
    ),
  ),
  fc.constantFrom(10_000, MIB).map((count) =>
    closing(
      'a flood of comments',
      stream((id) => `${':\r'.repeat(count)}\n${event(fineText(id))}`),
    ),
  ),
  fc.constantFrom(10_000, MIB).map((count) =>
    closing(
      'a field without an end',
      stream((id) => `${'f'.repeat(count)}\n\n${event(fineText(id))}`),
    ),
  ),
);

/** Where an event's line ends, and where the bytes are cut, are two things. */
const splits: fc.Arbitrary<RawAnswer> = fc
  .tuple(
    fc.constantFrom('\n', '\r', '\r\n'),
    fc.constantFrom('', '\ufeff', ': first\n'),
    fc.constantFrom('data:', 'data: ', 'event: message\ndata: ', 'id: 1\ndata: ', 'retry: 1\ndata: '),
    fc.integer({ min: 1, max: 5 }),
  )
  .map(([end, before, field, pieceBytes]) => ({
    ...closing('a split event', (id: string) => {
      const lines = `${before}${field}${fineText(id).replace('"result"', `\ndata: "result"`)}\n\n`;
      return http('200 OK', [STREAM_TYPE], Buffer.from(lines.replaceAll('\n', end)));
    }),
    pieceBytes,
    says: 'fine' as const,
  }));

const zeros = Buffer.alloc(64 * MIB);
let bombs: ReadonlyMap<string, Buffer> | undefined;
/** 64 MiB each, in some thousand bytes. */
function bombOf(encoding: string): Buffer {
  bombs ??= new Map([
    ['gzip', gzipSync(zeros)],
    ['x-gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
  ]);
  return bombs.get(encoding) ?? Buffer.from(encoding);
}

const compressed: fc.Arbitrary<RawAnswer> = fc
  .tuple(
    fc.constantFrom('gzip', 'x-gzip', 'deflate', 'br', 'gzip, gzip', 'zstd', 'GZIP', 'aes128gcm'),
    fc.constantFrom(JSON_TYPE, STREAM_TYPE),
  )
  .map(([encoding, type]) =>
    closing('a bomb', () => http('200 OK', [type, ['content-encoding', encoding]], bombOf(encoding))),
  );

const CHUNKED = ['transfer-encoding', 'chunked'] as const;
const BROKEN_CHUNKS = [
  '5\r\nab',
  'zz\r\nab\r\n0\r\n\r\n',
  '-1\r\nab\r\n',
  'ffffffffffffffffff\r\nab\r\n',
  '2\nab\n0\n\n',
  '2 \r\nab\r\n0\r\n\r\n',
  '2;x="y\r\nab\r\n0\r\n\r\n',
  '3\r\nab\r\n0\r\n\r\n',
  '0\r\nset-cookie: a=b\r\n\r\n',
  '0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
];

const odd: readonly (readonly [kind: string, bytes: RawAnswer['bytes']])[] = [
  [
    'informational flood',
    (id) =>
      Buffer.concat([
        Buffer.from('HTTP/1.1 103 Early\r\nx: y\r\n\r\n'.repeat(500)),
        http('200 OK', [JSON_TYPE], Buffer.from(fineText(id))),
      ]),
  ],
  ['100 and nothing', () => Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')],
  [
    '101',
    (id) =>
      Buffer.concat([
        Buffer.from('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'),
        Buffer.from(fineText(id)),
      ]),
  ],
  [
    'HTTP/1.0',
    (id) => Buffer.from(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${fineText(id)}`),
  ],
  ['HTTP/0.9', (id) => Buffer.from(fineText(id))],
  ['HTTP/2', () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['line ends', (id) => Buffer.from(`HTTP/1.1 200 OK\ncontent-type: application/json\n\n${fineText(id)}`)],
  ['folded header', (id) => http('200 OK', [JSON_TYPE, ['x', 'a\r\n b']], Buffer.from(fineText(id)))],
  ['control in a header', (id) => http('200 OK', [JSON_TYPE, ['x', 'a\u0000b']], Buffer.from(fineText(id)))],
  [
    'many headers',
    (id) =>
      http(
        '200 OK',
        [JSON_TYPE, ...Array.from({ length: 3_000 }, (_, at) => [`x-${at}`, 'y'] as const)],
        Buffer.from(fineText(id)),
      ),
  ],
  ['long header', (id) => http('200 OK', [JSON_TYPE, ['x', 'y'.repeat(40_000)]], Buffer.from(fineText(id)))],
  ['headers without an end', () => Buffer.from(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`)],
  ['two types', (id) => http('200 OK', [JSON_TYPE, STREAM_TYPE], Buffer.from(fineText(id)))],
  [
    'two lengths',
    (id) =>
      http(
        '200 OK',
        [JSON_TYPE, ['content-length', '5'], ['content-length', '6']],
        Buffer.from(fineText(id)),
      ),
  ],
  [
    'length and chunks',
    (id) =>
      http('200 OK', [JSON_TYPE, ['content-length', '5'], CHUNKED], Buffer.from(`0\r\n\r\n${fineText(id)}`)),
  ],
];

/** The answer stops, or goes on for ever, a byte at a time: the call has its time limit. */
const slow: fc.Arbitrary<RawAnswer> = fc.oneof(
  fc.constant({
    ...closing('a head that trickles', () => Buffer.concat([head('200 OK', []), Buffer.alloc(5_000, 'x')])),
    pieceBytes: 1,
    pauseMs: 20,
  }),
  fc.constantFrom(JSON_TYPE, STREAM_TYPE).map((type) => ({
    ...closing('a body that trickles', () =>
      http('200 OK', [type], Buffer.from(`data: ${'x'.repeat(5_000)}`)),
    ),
    pieceBytes: 1,
    pauseMs: 20,
  })),
  fc.constant({
    ...closing(
      'comments that trickle',
      stream(() => ':\n'.repeat(5_000)),
    ),
    pieceBytes: 2,
    pauseMs: 20,
  }),
  fc.constantFrom(0, 30, 120).map((kept) => ({
    ...closing('nothing more', (id: string) =>
      http('200 OK', [JSON_TYPE], Buffer.from(fineText(id))).subarray(0, kept),
    ),
    ending: 'stay' as const,
  })),
);

export const frames: fc.Arbitrary<RawAnswer> = fc.oneof(
  { weight: 12, arbitrary: splits },
  { weight: 4, arbitrary: fc.constantFrom(...odd).map(([kind, bytes]) => closing(kind, bytes)) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...BROKEN_CHUNKS)
      .map((chunks) =>
        closing('chunks', () => Buffer.concat([head('200 OK', [JSON_TYPE, CHUNKED]), Buffer.from(chunks)])),
      ),
  },
  { weight: 2, arbitrary: compressed },
  { weight: 2, arbitrary: giants },
  { weight: 1, arbitrary: slow },
);

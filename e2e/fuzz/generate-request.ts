import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { HEADER_VALUES, METHODS } from './corpus.ts';
import { certainRequests } from './generate-certain.ts';
import { body, message, oneOf, valueText } from './generate-message.ts';
import {
  goodHeaders,
  type Headers,
  type Identity,
  rawPost,
  type RawRequest,
  replace,
  STATELESS_META,
  write,
} from './raw-request.ts';

const HEADER_NAMES = [
  'accept',
  'content-type',
  'content-encoding',
  'authorization',
  'mcp-session-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'last-event-id',
  'origin',
  'cookie',
  'expect',
  'x-forwarded-for',
  'x-forwarded-host',
];

/** Members that mean something in the stateless era; one of them is odd. */
const STATELESS_MEMBERS = [
  'cursor',
  'inputResponses',
  'requestState',
  'notifications',
  'ref',
  'argument',
  'taskId',
  'task',
];

/** Requests of every kind, as often as each is worth. */
export function requests(identity: Identity): fc.Arbitrary<RawRequest> {
  const good = goodHeaders(identity);
  const line = `POST ${identity.path} HTTP/1.1`;
  const whole = (kind: string, bytes: Buffer, pieceBytes = 0): RawRequest => ({
    kind,
    bytes,
    pieceBytes,
    incomplete: false,
  });
  const sized = (headers: Headers, payload: Buffer): Headers => [
    ...headers,
    ['content-length', String(payload.length)],
  ];
  const post = (headers: Headers, payload: Buffer) => write(line, sized(headers, payload), payload);

  return fc.oneof(
    { weight: 20, arbitrary: certainRequests(identity) },
    { weight: 10, arbitrary: body.map((payload) => whole('body', post(good, payload))) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(oneOf(METHODS), valueText, valueText, oneOf(STATELESS_MEMBERS))
        .map(([method, id, value, member]) => {
          const params = `{"name":"act","uri":"act","arguments":{"n":0},"_meta":${STATELESS_META},"${member}":${value}}`;
          const text = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${params}}`;
          const request = rawPost(identity, 'stateless', text, { method: method.trim(), name: 'act' });
          // Listening is not over by itself.
          return { ...request, incomplete: method === 'subscriptions/listen' };
        }),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(oneOf(HEADER_NAMES), oneOf(HEADER_VALUES), body)
        .map(([name, value, payload]) => whole(`header ${name}`, post(replace(good, name, value), payload))),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(oneOf(HEADER_NAMES), oneOf(HEADER_VALUES), body)
        .map(([name, value, payload]) => whole(`doubled ${name}`, post([...good, [name, value]], payload))),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(oneOf(['GET', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS', 'BREW']), oneOf(HEADER_VALUES))
        .map(([verb, value]) =>
          whole(
            `verb ${verb}`,
            write(
              `${verb} ${identity.path} HTTP/1.1`,
              replace(good, 'mcp-session-id', value),
              Buffer.alloc(0),
            ),
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .string({ unit: 'binary-ascii', maxLength: 60 })
        .map((text) =>
          whole(
            'path',
            write(
              `POST ${identity.path}${encodeURI(text)} HTTP/1.1`,
              sized(good, Buffer.alloc(0)),
              Buffer.alloc(0),
            ),
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: body.map((payload) =>
        whole(
          'compressed',
          post(
            replace(good, 'content-encoding', 'gzip'),
            gzipSync(Buffer.concat([payload, Buffer.alloc(200_000)])),
          ),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(message, fc.integer({ min: 1, max: 40 }))
        .map(([text, piece]) => whole('in pieces', post(good, Buffer.from(text)), piece)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(message, oneOf(['+5', '5, 5', '0x10', ' 7', '-1', '5\r\ncontent-length: 6', '1'.repeat(30)]))
        .map(([text, length]) => ({
          ...whole('length', write(line, [...good, ['content-length', length]], Buffer.from(text))),
          incomplete: true,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          message,
          oneOf(['zz\r\n', '5\r\nab', '5;x=y\r\nabcde\r\n0\r\n\r\n', '-1\r\n', 'ffffffffffffffffff\r\n']),
        )
        .map(([text, chunk]) => ({
          ...whole(
            'chunks',
            write(line, [...good, ['transfer-encoding', 'chunked']], Buffer.from(`${chunk}${text}`)),
          ),
          incomplete: true,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(body, oneOf(['deflate', 'br', 'zstd', 'gzip, gzip', 'compress', 'identity', 'x']))
        .map(([payload, encoding]) =>
          whole(`encoding ${encoding}`, post(replace(good, 'content-encoding', encoding), payload)),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 6_000_000 }), oneOf(['[', '"', '{"a":', ' ', '1']))
        .map(([length, unit]) => whole('large', post(good, Buffer.alloc(length, unit)))),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(message, fc.integer({ min: 1, max: 99 })).map(([text, percent]) => {
        const bytes = post(good, Buffer.from(text));
        const kept = Math.max(1, Math.floor((bytes.length * percent) / 100));
        return { ...whole('half-closed', bytes.subarray(0, kept)), incomplete: true };
      }),
    },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => ({
        ...whole('noise', Buffer.concat([Buffer.from(bytes), Buffer.from('\r\n\r\n')])),
        incomplete: true,
      })),
    },
  );
}

import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { HEADER_VALUES } from './corpus.ts';
import { body, message, oneOf } from './generate-message.ts';

/** One request as the bytes that go onto the wire. */
export interface RawRequest {
  /** What is odd about it, for the report. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** Sent in pieces of this many bytes; all at once where it is 0. */
  readonly pieceBytes: number;
  /** The request never ends, or ends in the middle: that there is no answer is an answer. */
  readonly incomplete: boolean;
}

/** Whose requests they are: two agents of two people, each with a session of its own at the same server. */
export interface Identity {
  readonly host: string;
  readonly path: string;
  readonly token: string;
  readonly session: string;
  readonly foreignSession: string;
  readonly foreignToken: string;
}

type Headers = readonly (readonly [name: string, value: string])[];

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

function goodHeaders({ host, token, session }: Identity): Headers {
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

function replace(headers: Headers, name: string, value: string): Headers {
  return [...headers.filter(([known]) => known !== name), [name, value]];
}

function write(line: string, headers: Headers, payload: Buffer): Buffer {
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${line}\r\n${head}\r\n`, 'latin1'), payload]);
}

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
    { weight: 10, arbitrary: body.map((payload) => whole('body', post(good, payload))) },
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
        .tuple(fc.nat(), fc.nat(63), message)
        .map(([at, change, text]) =>
          whole(
            'session id',
            post(replace(good, 'mcp-session-id', altered(identity.session, at, change)), Buffer.from(text)),
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: message.map((text) =>
        whole(
          'foreign session',
          post(replace(good, 'mcp-session-id', identity.foreignSession), Buffer.from(text)),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: message.map((text) =>
        whole(
          'foreign token',
          post(replace(good, 'authorization', `Bearer ${identity.foreignToken}`), Buffer.from(text)),
        ),
      ),
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
      arbitrary: message.map((text) => ({
        ...whole(
          'smuggled',
          write(
            line,
            [...good, ['content-length', '4'], ['transfer-encoding', 'chunked']],
            Buffer.from(`0\r\n\r\n${text}`),
          ),
        ),
        incomplete: true,
      })),
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

/** A sealed id with one character changed. */
function altered(id: string, at: number, change: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const place = at % id.length;
  const letter = alphabet[(alphabet.indexOf(id[place] ?? 'A') + 1 + (change % 62)) % alphabet.length] ?? 'A';
  return id.slice(0, place) + letter + id.slice(place + 1);
}

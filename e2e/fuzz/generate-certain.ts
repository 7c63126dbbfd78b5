/** Requests whose answer is certain: refused, with nothing forwarded, or as good as any other. */
import fc from 'fast-check';
import { fineValue, refusedValue } from './json-suite.ts';
import {
  goodHeaders,
  type Headers,
  type Identity,
  type Must,
  type RawRequest,
  replace,
  STATELESS_META,
  statelessHeaders,
  write,
} from './raw-request.ts';

/** Calls that must not arrive are told from others by their `n`. */
const FORBIDDEN_N = fc.integer({ min: 1_500_000_000, max: 2_000_000_000 });
const UNREADABLE = [-32_700];
const NO_MESSAGE = [-32_600, -32_700];
const HEADER_MISMATCH = [-32_020];

type Era = 'session' | 'stateless';
const era = fc.constantFrom<Era>('session', 'stateless');

interface Call {
  readonly era: Era;
  readonly id?: Buffer | string;
  readonly n: number;
  /** One more argument, as JSON text. */
  readonly more?: Buffer | string;
}

/** A good call but for what is put into it, byte for byte. */
function callBody({ era: spoken, id = '7', n, more = '0' }: Call): Buffer {
  const meta = spoken === 'stateless' ? `,"_meta":${STATELESS_META}` : '';
  return Buffer.concat([
    Buffer.from('{"jsonrpc":"2.0","id":'),
    Buffer.from(id),
    Buffer.from(`,"method":"tools/call","params":{"name":"act","arguments":{"n":${n},"more":`),
    Buffer.from(more),
    Buffer.from(`}${meta}}}`),
  ]);
}

/** Ids that no JSON-RPC message of MCP has, as JSON text: any type but a text of some length or an integer. */
const REFUSED_IDS = [
  'null',
  'true',
  'false',
  '[]',
  '[1]',
  '{}',
  '{"id":1}',
  '1.5',
  '-0.1',
  '1e300',
  '9007199254740992',
  '-9007199254740992',
  `"${'i'.repeat(257)}"`,
];

/** In a session two requests under way may not have the same. */
const newId = fc.oneof(
  fc.noBias(fc.maxSafeInteger()).map(String),
  fc.uuid().map((id) => JSON.stringify(id)),
);
const anyId = fc.oneof(
  newId,
  fc.constantFrom('0', '-1', '9007199254740991', '-9007199254740991', '""', '"0"', '"null"', '"__proto__"'),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => JSON.stringify(text)),
);

const eraAndId = fc.oneof(
  newId.map((id) => ({ spoken: 'session' as const, id })),
  anyId.map((id) => ({ spoken: 'stateless' as const, id })),
);

/** Header by header, what does not say what the body says; undefined leaves the header out. */
const LIES: readonly (readonly [name: string, value: string | undefined])[] = [
  ['mcp-method', undefined],
  ['mcp-method', ''],
  ['mcp-method', 'tools/list'],
  ['mcp-method', 'TOOLS/CALL'],
  ['mcp-method', 'tools/call, tools/call'],
  ['mcp-method', '=?base64?dG9vbHMvY2FsbA==?='],
  ['mcp-name', undefined],
  ['mcp-name', ''],
  ['mcp-name', 'Act'],
  ['mcp-name', 'act2'],
  ['mcp-name', '"act"'],
  ['mcp-name', 'act, act'],
  ['mcp-name', 'a\tct'],
  ['mcp-name', '=?base64?YWN0Mg==?='],
  ['mcp-name', '=?base64?YWN0=?='],
  ['mcp-name', '=?base64?YWN0?= '.repeat(2)],
  ['mcp-name', '=?BASE64?YWN0?='],
  ['mcp-protocol-version', undefined],
  ['mcp-protocol-version', '2025-11-25'],
  ['mcp-protocol-version', '2026-07-29'],
  ['mcp-protocol-version', '2026-07-28, 2026-07-28'],
];

/** Sizes in which a body may come, chunk by chunk. */
const chunkSizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 });

export function certainRequests(identity: Identity): fc.Arbitrary<RawRequest> {
  const line = `POST ${identity.path} HTTP/1.1`;
  const headersOf = (spoken: Era): Headers =>
    spoken === 'session' ? goodHeaders(identity) : statelessHeaders(identity, 'tools/call', 'act');
  const make = (kind: string, headers: Headers, body: Buffer, must: Must, pieceBytes = 0): RawRequest => {
    const sized: Headers = [...headers, ['content-length', String(body.length)]];
    return { kind, bytes: write(line, sized, body), pieceBytes, incomplete: false, must };
  };
  const refuse = (n: number, statuses: readonly number[], codes?: readonly number[]): Must => ({
    kind: 'refuse',
    statuses,
    n,
    ...(codes === undefined ? {} : { codes }),
  });
  const inSession = (kind: string, name: string, value: string | undefined, statuses: readonly number[]) =>
    FORBIDDEN_N.map((n) => {
      const headers = headersOf('session');
      const changed =
        value === undefined ? headers.filter(([known]) => known !== name) : replace(headers, name, value);
      return make(kind, changed, callBody({ era: 'session', n }), refuse(n, statuses));
    });

  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(era, FORBIDDEN_N, refusedValue)
        .map(([spoken, n, more]) =>
          make(
            'no JSON',
            headersOf(spoken),
            callBody({ era: spoken, n, more }),
            refuse(n, [400], UNREADABLE),
          ),
        ),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(era, FORBIDDEN_N, fc.constantFrom(...REFUSED_IDS))
        .map(([spoken, n, id]) =>
          make('id', headersOf(spoken), callBody({ era: spoken, n, id }), refuse(n, [400], NO_MESSAGE)),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(era, FORBIDDEN_N, fc.constantFrom('', ',', '\n', ' '), fc.constantFrom('[]', 'list', 'after'))
        .map(([spoken, n, between, form]) => {
          const one = callBody({ era: spoken, n }).toString();
          const text = form === '[]' ? `[${one}]` : form === 'list' ? `[${one},${one}]` : one + between + one;
          return make('several', headersOf(spoken), Buffer.from(text), refuse(n, [400], NO_MESSAGE));
        }),
    },
    {
      weight: 6,
      arbitrary: fc.tuple(FORBIDDEN_N, fc.constantFrom(...LIES)).map(([n, [name, value]]) => {
        const rest = headersOf('stateless').filter(([known]) => known !== name);
        const headers: Headers = value === undefined ? rest : [...rest, [name, value]];
        return make(
          `${name} lies`,
          headers,
          callBody({ era: 'stateless', n }),
          refuse(n, [400], HEADER_MISMATCH),
        );
      }),
    },
    {
      weight: 1,
      arbitrary: FORBIDDEN_N.map((n) => {
        // What a header alone says of the era is not enough.
        const body = callBody({ era: 'session', n });
        return make('no envelope', headersOf('stateless'), body, refuse(n, [400], [-32_602]));
      }),
    },
    {
      weight: 6,
      arbitrary: fc.oneof(
        inSession("another's session", 'mcp-session-id', identity.foreignSession, [404]),
        inSession("another's token", 'authorization', `Bearer ${identity.foreignToken}`, [404]),
        inSession("another server's session", 'mcp-session-id', identity.otherSession, [404]),
        inSession("another server's token", 'authorization', `Bearer ${identity.otherToken}`, [401]),
        inSession('an ended session', 'mcp-session-id', identity.endedSession, [404]),
        inSession('two sessions', 'mcp-session-id', `${identity.session}, ${identity.session}`, [404]),
        inSession('no session', 'mcp-session-id', undefined, [400]),
        inSession('no token', 'authorization', undefined, [401]),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(FORBIDDEN_N, fc.nat(), fc.nat(62)).map(([n, at, by]) => {
        const headers = replace(
          headersOf('session'),
          'mcp-session-id',
          withOtherLetter(identity.session, at, by),
        );
        return make('session id', headers, callBody({ era: 'session', n }), refuse(n, [404]));
      }),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(era, FORBIDDEN_N, fc.constantFrom('a\rb', 'a\nb', 'a\u0000b', 'a\u007fb', 'a\r\n b'))
        .map(([spoken, n, value]) => {
          const headers: Headers = [...headersOf(spoken), ['x-odd', value]];
          return make('control in a header', headers, callBody({ era: spoken, n }), refuse(n, [400]));
        }),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(era, FORBIDDEN_N).map(([spoken, n]) => {
        const headers: Headers = [...headersOf(spoken), ['transfer-encoding', 'chunked']];
        return make('two lengths', headers, callBody({ era: spoken, n }), refuse(n, [400]));
      }),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(eraAndId, fineValue, fc.integer({ min: 0, max: 50 }))
        .map(([{ spoken, id }, more, pieceBytes]) =>
          make(
            'fine',
            headersOf(spoken),
            callBody({ era: spoken, id, n: 0, more }),
            { kind: 'pass', id },
            pieceBytes,
          ),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(eraAndId, chunkSizes, fc.constantFrom('', ';a=b', ';a="b c"'))
        .map(([{ spoken, id }, sizes, extension]) => ({
          kind: 'fine in chunks',
          bytes: write(
            line,
            [...headersOf(spoken), ['transfer-encoding', 'chunked']],
            inChunks(callBody({ era: spoken, id, n: 0 }), sizes, extension),
          ),
          pieceBytes: 7,
          incomplete: false,
          must: { kind: 'pass', id } as const,
        })),
    },
  );
}

/** A sealed id with one character changed. */
function withOtherLetter(id: string, at: number, by: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const place = at % id.length;
  const letter = alphabet[(alphabet.indexOf(id[place] ?? 'A') + 1 + by) % alphabet.length] ?? 'A';
  return id.slice(0, place) + letter + id.slice(place + 1);
}

/** RFC 9112 §7.1 */
function inChunks(body: Buffer, sizes: readonly number[], extension: string): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0, index = 0; at < body.length; index += 1) {
    const piece = body.subarray(at, at + (sizes[index % sizes.length] ?? 1));
    parts.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from('\r\n'));
    at += piece.length;
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

import fc from 'fast-check';
import { BODIES, METHODS, VALUES } from './corpus.ts';

/** One of the corpus. */
export const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
/** JSON text, from the corpus or made up. */
export const valueText = fc.oneof(
  { weight: 2, arbitrary: oneOf(VALUES) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)) },
);

const params = fc.oneof(
  valueText.map((value) => `{"name":"act","arguments":{"n":${value}}}`),
  valueText.map((value) => `{"name":"act","arguments":${value}}`),
  valueText.map((value) => `{"name":${value},"arguments":{}}`),
  valueText.map((value) => `{"name":"act","arguments":{},"_meta":${value}}`),
  valueText.map((value) => `{"name":"act","arguments":{},"task":${value}}`),
  valueText.map((value) => `{"uri":${value}}`),
  valueText.map((value) => `{"cursor":${value}}`),
  valueText.map((value) => `{"requestId":${value},"reason":${value}}`),
  valueText.map(
    (value) =>
      `{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":${value}},"name":"act","arguments":{}}`,
  ),
  valueText.map((value) => `{"inputResponses":${value},"requestState":${value},"name":"act","arguments":{}}`),
  valueText,
);

/** A JSON-RPC request as text, odd in one place or in several. */
export const message = fc
  .tuple(
    fc.oneof(valueText, fc.constant('1')),
    fc.oneof(oneOf(METHODS), fc.string({ maxLength: 30 })),
    params,
  )
  .map(
    ([id, method, given]) =>
      `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${given}}`,
  );

/** A good body with a few of its bytes changed, taken out or doubled. */
const mutated = fc
  .tuple(message, fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { minLength: 1, maxLength: 4 }))
  .map(([text, changes]) => {
    let bytes = Buffer.from(text);
    for (const [at, byte, how] of changes) {
      const place = at % Math.max(bytes.length, 1);
      if (how === 0) bytes[place] = byte;
      else if (how === 1) bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)]);
      else bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from([byte]), bytes.subarray(place)]);
    }
    return bytes;
  });

/** What may stand where a body stands. */
export const body = fc.oneof(
  { weight: 5, arbitrary: message.map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: mutated },
  { weight: 2, arbitrary: oneOf(BODIES).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);

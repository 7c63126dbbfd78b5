import { closed, type Shape } from './shape.ts';
import { count } from './claim-shapes.ts';
import { BUNDLE_FORMAT, TRUST_FORMAT } from './constants.ts';
import { ed25519Jwk, issuerShape } from './receipt-shapes.ts';

const text: Shape = { type: 'string', minLength: 1 };
const anyJson: Shape = { description: 'any JSON' };

const body = closed(
  {},
  { arguments: anyJson, result: { type: 'string' }, context: anyJson, values: anyJson },
);

export const bundleShape = closed(
  {
    format: { type: 'string', const: BUNDLE_FORMAT },
    receipts: {
      type: 'array',
      minItems: 1,
      items: {
        anyOf: [
          closed({ sd_jwt: text, proof: text }, { body }),
          closed({ leaf: text, disclosures: { type: 'array', items: text }, proof: text }, { body }),
        ],
      },
    },
  },
  {
    keys: { type: 'array', items: closed({ sd_jwt: text, proof: text }) },
    consistency: { type: 'array', items: text },
  },
);

export const trustShape = closed({
  format: { type: 'string', const: TRUST_FORMAT },
  issuer: issuerShape,
  logs: {
    type: 'array',
    minItems: 1,
    items: closed({
      origin: text,
      keys: { type: 'array', items: text, minItems: 1 },
      receipt_keys: { type: 'array', items: closed({ jwk: ed25519Jwk, from: count }, { to: count }) },
    }),
  },
});

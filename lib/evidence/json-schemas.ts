import { bundleShape, trustShape } from './bundle-shapes.ts';
import { RECEIPT_KINDS } from './layout.ts';
import { receiptShape } from './receipt-shapes.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** The published JSON Schemas by file name; docs/schemas holds exactly these. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    'receipt-signed.schema.json': {
      $schema: DIALECT,
      title: "A receipt's payload as it is signed (of an attempt: as it stands in the log), version 1",
      oneOf: RECEIPT_KINDS.map((kind) => receiptShape(kind, 'signed')),
    },
    'receipt-processed.schema.json': {
      $schema: DIALECT,
      title: "A receipt's payload after RFC 9901 processing, version 1",
      oneOf: RECEIPT_KINDS.map((kind) => receiptShape(kind, 'processed')),
    },
    'bundle.schema.json': { $schema: DIALECT, title: 'countersign-bundle/v1', ...bundleShape },
    'trust.schema.json': { $schema: DIALECT, title: 'countersign-trust/v1', ...trustShape },
  };
}

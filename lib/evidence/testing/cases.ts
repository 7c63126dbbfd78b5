import { BEATEN_CASES, INVALID_CHECKPOINT_CASES } from './invalid-checkpoint-cases.ts';
import { INVALID_BODY_CASES } from './invalid-body-cases.ts';
import { INVALID_CONSISTENCY_CASES } from './invalid-consistency-cases.ts';
import { INVALID_DISCLOSURE_CASES } from './invalid-disclosure-cases.ts';
import { INVALID_ENCODING_CASES } from './invalid-encoding-cases.ts';
import { INVALID_FORMAT_CASES } from './invalid-format-cases.ts';
import { INVALID_INCLUSION_CASES } from './invalid-inclusion-cases.ts';
import { INVALID_KEY_CASES } from './invalid-key-cases.ts';
import { INVALID_SCHEMA_CASES } from './invalid-schema-cases.ts';
import { INVALID_HEAD_CASES, INVALID_SET_CASES } from './invalid-set-cases.ts';
import { INVALID_SIGNATURE_CASES } from './invalid-signature-cases.ts';
import { INVALID_TRUST_CASES } from './invalid-trust-cases.ts';
import type { Case } from './scene.ts';
import { UNVERIFIABLE_CASES } from './unverifiable-cases.ts';
import { VALID_CASES } from './valid-cases.ts';

/** Every rule of the verdict, by what it is about; the golden vectors are these, in this order. */
export const CASES: readonly (readonly [string, readonly Case[]])[] = [
  ['VALID', VALID_CASES],
  ['UNVERIFIABLE', UNVERIFIABLE_CASES],
  ['INVALID by format', INVALID_FORMAT_CASES],
  ['INVALID by encoding', INVALID_ENCODING_CASES],
  ['INVALID by schema', INVALID_SCHEMA_CASES],
  ['INVALID by disclosures', INVALID_DISCLOSURE_CASES],
  ['INVALID by signature', INVALID_SIGNATURE_CASES],
  ['INVALID by inclusion', INVALID_INCLUSION_CASES],
  ['INVALID by checkpoint', INVALID_CHECKPOINT_CASES],
  ['INVALID by bodies', INVALID_BODY_CASES],
  ['INVALID by uniqueness and attempts', INVALID_SET_CASES],
  ['INVALID by heads', INVALID_HEAD_CASES],
  ['INVALID by keys', INVALID_KEY_CASES],
  ['INVALID by trust', INVALID_TRUST_CASES],
  ['INVALID by consistency', INVALID_CONSISTENCY_CASES],
  ['INVALID beats UNVERIFIABLE', BEATEN_CASES],
];

import { KEY_OPERATIONS } from './key-operations.ts';
import { PEOPLE_OPERATIONS } from './people-operations.ts';
import { POLICY_OPERATIONS } from './policy-operations.ts';
import { RECEIPT_OPERATIONS } from './receipt-operations.ts';
import { RESOURCE_OPERATIONS } from './resource-operations.ts';
import { SESSION_OPERATIONS } from './session-operations.ts';
import type { Operation } from './types.ts';

/** Every operation of the API, an area a file. A test compares them with the route files. */
export const OPERATIONS: readonly Operation[] = [
  ...SESSION_OPERATIONS,
  ...RESOURCE_OPERATIONS,
  ...RECEIPT_OPERATIONS,
  ...POLICY_OPERATIONS,
  ...KEY_OPERATIONS,
  ...PEOPLE_OPERATIONS,
];

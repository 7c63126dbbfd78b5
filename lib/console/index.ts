/**
 * console: what people see and do across modules.
 * Owns the read models of hosted and console pages, and who is named as the reader.
 * Never opens an envelope or the vault itself, and never widens what the owning module shows this visitor.
 * Promise: a page shows a person what is theirs, and an auditor's reading leaves its own receipt.
 */
export type * from './types.ts';
export type * from './admin-types.ts';
export type * from './people-types.ts';
export type { ConnectClient, ConnectCommand, ConnectInstruction } from './connect-instructions.ts';
export type * from './policy-desk-types.ts';
export { createConsole } from './create-console.ts';
export { createPolicyDesk } from './policy-desk.ts';
export { TooManyQuestions } from './question-queue.ts';

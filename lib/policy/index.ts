/**
 * policy: who may do what, to which tool, with which arguments.
 * Owns the tenants' Cedar policies, the one mapping of arguments into Cedar, and every decision.
 * Never reads people, servers or grants itself (they are arguments) and never decides from anything unvalidated.
 * Promise: nothing but a clean permit allows. Whatever errs, is unknown or can't be bounded denies.
 */
export { createPolicy, type PolicyDeps } from './create-policy.ts';
export { validateArguments } from './validate-arguments.ts';
export type * from './types.ts';
export { foldName } from './plan-arguments.ts';

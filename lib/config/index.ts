/**
 * config: the environment, turned once into one frozen, validated object.
 * Owns every setting of the process, the production guard, and where secret references may point. The only reader of the
 * environment.
 * Never reads a file's content, never connects anywhere, never guesses what a wrong value meant.
 * Promise: a process that started has no setting that this module would refuse.
 */
export type * from './types.ts';
export { loadConfig } from './load-config.ts';
export { isProduction, productionProblems } from './production-guard.ts';
export { secretReferences } from './secret-references.ts';

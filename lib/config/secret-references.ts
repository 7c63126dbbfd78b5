import { isAbsolute, normalize, resolve, sep } from 'node:path';
import { err, ok, type Result } from '#lib/core';
import { SECRET_PREFIX } from './constants.ts';
import type { Config, Environment } from './types.ts';

/** Where a secret stands: a value of the environment, or a file to be read. */
export type SecretSource =
  { readonly kind: 'value'; readonly value: string } | { readonly kind: 'file'; readonly path: string };

/**
 * Resolves `env:COUNTERSIGN_SECRET_X` and `file:<name>` references of a file that the operator applies. Variables are
 * limited to one prefix and files to one folder, so that a tenant's file can't read what it was not given.
 */
export function secretReferences(
  environment: Environment,
  config: Pick<Config, 'secretsDir'>,
): (reference: string) => Result<SecretSource, string> {
  return (reference) => {
    if (reference.startsWith('env:')) return fromEnvironment(environment, reference.slice(4));
    if (reference.startsWith('file:')) return fromFolder(config.secretsDir, reference.slice(5));
    return err(
      `a secret is given by reference, env:${SECRET_PREFIX}… or file:<name>, never in the file itself`,
    );
  };
}

function fromEnvironment(environment: Environment, name: string): Result<SecretSource, string> {
  if (!name.startsWith(SECRET_PREFIX))
    return err(`env: reads variables that begin with ${SECRET_PREFIX} only`);
  const value = environment[name];
  return value === undefined || value === ''
    ? err(`the variable ${name} is not set`)
    : ok({ kind: 'value', value });
}

function fromFolder(folder: string | undefined, name: string): Result<SecretSource, string> {
  if (folder === undefined)
    return err('file: needs SECRETS_DIR to name the folder that secrets are read from');
  const path = resolve(folder, name);
  if (name === '' || isAbsolute(name) || normalize(name).startsWith('..') || !path.startsWith(folder + sep)) {
    return err(`file:${name} does not stay below SECRETS_DIR`);
  }
  return ok({ kind: 'file', path });
}

import { readFileSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { err, ok, type Result } from '#lib/core';
import { secretReferences, type Config } from '#lib/config';
import { SECRET_BYTES_MAX } from './constants.ts';
import type { TenantFile } from './types.ts';

/** The secret behind `env:COUNTERSIGN_SECRET_X` or `file:<name>`. */
export type ResolveSecret = (reference: string) => Result<string, string>;

/** References lead into the operator's environment and disk: only a file that the operator applies may hold them. */
export function createSecretResolver(
  origin: TenantFile['origin'],
  environment: Readonly<Record<string, string | undefined>>,
  config: Pick<Config, 'secretsDir'>,
): ResolveSecret {
  if (origin !== 'operator') {
    return () =>
      err('env: and file: are resolved only when the operator applies a file with the countersign command');
  }
  const resolve = secretReferences(environment, config);
  return (reference) => {
    const source = resolve(reference);
    if (!source.ok) return source;
    return source.value.kind === 'value'
      ? ok(source.value.value)
      : readSecret(source.value.path, config.secretsDir ?? '');
  };
}

function readSecret(path: string, folder: string): Result<string, string> {
  try {
    // A link may lead anywhere: what counts is where it ends.
    const real = realpathSync(path);
    if (!real.startsWith(realpathSync(folder) + sep))
      return err('the file is a link that leaves SECRETS_DIR');
    const bytes = readFileSync(real);
    if (bytes.length > SECRET_BYTES_MAX) return err(`the file is larger than ${SECRET_BYTES_MAX} bytes`);
    // Editors and `echo` end a file with a line feed that nobody means.
    const secret = bytes.toString('utf8').replace(/\r?\n$/, '');
    return secret === '' ? err('the file is empty') : ok(secret);
  } catch {
    return err('the file can not be read');
  }
}

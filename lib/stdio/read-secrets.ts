import { err, ok, type Result } from '#lib/core';
import type { StdioDeclaration } from './types.ts';

const REFERENCE = /^(?:env|file):/;

type Environment = Readonly<Record<string, string>>;

/** The declared environment with its references resolved: at each start, so that a changed secret counts. */
export function readSecrets(
  { environment }: Pick<StdioDeclaration, 'environment'>,
  resolve: (reference: string) => Result<string, string>,
): Result<Environment, readonly string[]> {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    const resolved = REFERENCE.test(value) ? resolve(value) : ok(value);
    if (resolved.ok) values[name] = resolved.value;
    else problems.push(`environment ${name}: ${resolved.error}`);
  }
  return problems.length > 0 ? err(problems) : ok(values);
}

/** Which of the values are secrets. */
export function secretsIn(
  { environment }: Pick<StdioDeclaration, 'environment'>,
  values: Environment,
): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    REFERENCE.test(value) ? [values[name] ?? ''] : [],
  );
}

import { hash } from 'node:crypto';
import { err, ok, type Result } from '#lib/core';
import { draftTenant, type TenantPlan } from './draft-tenant.ts';
import { readDocument, type ReadDocument } from './read-document.ts';
import { readPolicies, type ReadPolicies } from './read-policies.ts';
import { createSecretResolver } from './resolve-secrets.ts';
import type { ManifestDeps, ManifestProblem, TenantFile } from './types.ts';

/** A file that is right as far as it can be judged without asking anybody. */
export interface CheckedFile {
  readonly file: TenantFile;
  readonly sha256: string;
  readonly read: ReadDocument;
  readonly plan: TenantPlan;
  readonly policies: ReadPolicies;
}

/** Everything that is wrong with the file itself, its references and its policies' syntax. */
export function checkFile(
  deps: ManifestDeps,
  file: TenantFile,
): Result<CheckedFile, readonly ManifestProblem[]> {
  const read = readDocument(file.content);
  if (!read.ok) return read;
  const resolveSecret = createSecretResolver(file.origin, deps.environment, deps.config);
  const { plan, problems } = draftTenant(read.value, resolveSecret, deps.minting);
  const policies = readPolicies(file, read.value);
  const inPolicies = policies.ok
    ? deps.policy.syntaxProblems(policies.value.texts).map(policies.value.place)
    : policies.error;
  const all = inOrder([...read.value.problems, ...problems, ...inPolicies]);
  if (all.length > 0 || !policies.ok) return err(all);
  const sha256 = hash('sha256', file.content, 'hex');
  return ok({ file, sha256, read: read.value, plan, policies: policies.value });
}

export function inOrder(problems: readonly ManifestProblem[]): readonly ManifestProblem[] {
  return problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
}

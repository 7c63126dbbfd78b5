import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { err, ok, type Result } from '#lib/core';
import type { PolicyProblem, PolicyTexts } from '#lib/policy';
import { POLICY_FILE_BYTES_MAX } from './constants.ts';
import { readText, type ReadDocument } from './read-document.ts';
import type { ManifestProblem, TenantFile } from './types.ts';

export interface ReadPolicies {
  readonly texts: PolicyTexts;
  /** The place of a policy's problem: in the tenant file, or in the policy's own. */
  place(problem: PolicyProblem): ManifestProblem;
}

/** Collects the policies' texts, from the file itself and from files below its folder. */
export function readPolicies(
  file: TenantFile,
  read: ReadDocument,
): Result<ReadPolicies, readonly ManifestProblem[]> {
  const texts: Record<string, string> = {};
  const files = new Map<string, string>();
  const problems: ManifestProblem[] = [];
  for (const [id, policy] of Object.entries(read.document.policies)) {
    if (typeof policy === 'string') texts[id] = policy;
    else {
      const loaded = readPolicyFile(file, policy.file);
      if (loaded.ok) {
        texts[id] = loaded.value.text;
        files.set(id, loaded.value.path);
      } else problems.push(read.problemAt(['policies', id, 'file'], loaded.error));
    }
  }
  if (problems.length > 0) return err(problems);
  return ok({
    texts,
    place({ policyId, line, column, message }) {
      const path = files.get(policyId);
      if (path !== undefined) return { at: `policies.${policyId}`, file: path, line, column, message };
      if (policyId === '') return read.problemAt(['policies'], message);
      return read.problemInside(['policies', policyId], line, column, message);
    },
  });
}

function readPolicyFile(file: TenantFile, name: string): Result<{ text: string; path: string }, string> {
  if (file.origin !== 'operator')
    return err('files are read only when the operator applies a file with the countersign command');
  const folder = dirname(file.path);
  if (isAbsolute(name)) return err('is an absolute path; give it from the folder of the tenant file');
  try {
    const path = realpathSync(resolve(folder, name));
    if (!path.startsWith(realpathSync(folder) + sep)) return err('leaves the folder of the tenant file');
    if (statSync(path).size > POLICY_FILE_BYTES_MAX)
      return err(`is larger than ${POLICY_FILE_BYTES_MAX} bytes`);
    const text = readText(readFileSync(path), POLICY_FILE_BYTES_MAX);
    // The same policy from a file with other line ends is the same policy.
    if (text.ok) return ok({ text: text.value.replaceAll('\r\n', '\n'), path });
    return err(
      text.error.map(({ line, column, message }) => `${message} (line ${line}, column ${column})`).join(', '),
    );
  } catch {
    return err(`'${name}' can not be read`);
  }
}

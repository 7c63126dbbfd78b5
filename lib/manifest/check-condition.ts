import { err, ok, type Result } from '#lib/core';
import { exists, missing, ownedByFile, stale } from './problems.ts';
import type {
  ChangeCondition,
  PutCondition,
  Resource,
  ResourceName,
  ResourceProblem,
} from './resource-types.ts';

/** Whether a change may go on: who owns it, and the conditions of RFC 9110 §13.1. Asked inside the transaction. */
export function checkPut(
  name: ResourceName,
  before: Resource | undefined,
  { ifMatch, ifNoneMatch }: PutCondition,
): Result<void, ResourceProblem> {
  if (before?.owner === 'file') return err(ownedByFile(name));
  if (ifNoneMatch !== undefined && before !== undefined && matches(ifNoneMatch, before))
    return err(exists(name));
  if (ifMatch !== undefined && !matches(ifMatch, before)) return err(stale(name));
  return ok(undefined);
}

export function checkRemove(
  name: ResourceName,
  before: Resource | undefined,
  { ifMatch }: ChangeCondition,
): Result<void, ResourceProblem> {
  if (before === undefined) return err(missing(name));
  return checkPut(name, before, ifMatch === undefined ? NO_CONDITION : { ...NO_CONDITION, ifMatch });
}

const NO_CONDITION: PutCondition = { actor: { mode: 'system' } };

/** Strong comparison: a weak tag matches nothing. `*` matches whatever is there. */
function matches(header: string, resource: Pick<Resource, 'etag'> | undefined): boolean {
  if (resource === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim() === resource.etag);
}

import { err, isJsonObject, ok, type Json, type Result } from '#lib/core';
import { PROTOCOL_VERSIONS } from './constants.ts';
import { STATELESS_VERSIONS, UNSUPPORTED_VERSION } from './era.ts';
import { nonsense, type UpstreamFailure } from './upstream-failure.ts';

type Found<Value> = Result<Value, UpstreamFailure>;

/** Whoever refuses a request in this way may speak another era than the one that it came in. */
export function saysSomethingOfEras({ kind, httpStatus, eraError }: UpstreamFailure): boolean {
  if (kind === 'nonsense' || kind === 'session_lost' || eraError !== undefined) return true;
  return kind === 'refused' && (httpStatus === undefined || (httpStatus >= 400 && httpStatus < 500));
}

/** What a failed question says: the stateless era without a common revision, the session era (undefined), or nothing. */
export function verdictOf(failure: UpstreamFailure): Found<undefined> {
  const { eraError, kind } = failure;
  const offered = otherRevisions(failure);
  if (offered !== undefined) return otherVersions(offered);
  if (eraError !== undefined) return err(failure);
  return kind === 'aborted' || saysSomethingOfEras(failure) ? ok(undefined) : err(failure);
}

/** The revisions that a server names where it refuses the one that it was asked in. */
export function otherRevisions({ eraError }: UpstreamFailure): readonly string[] | undefined {
  if (eraError?.code !== UNSUPPORTED_VERSION) return undefined;
  return isJsonObject(eraError.data) ? textsIn(eraError.data['supported']) : [];
}

export function otherVersions(supported: readonly string[]): Found<undefined> {
  if (supported.some((version) => PROTOCOL_VERSIONS.includes(version))) return ok(undefined);
  const theirs = supported.slice(0, 5).map((version) => JSON.stringify(version.slice(0, 20)));
  const ours = [...STATELESS_VERSIONS, ...PROTOCOL_VERSIONS];
  const named = theirs.length === 0 ? 'no revision that it names' : theirs.join(', ');
  return err(nonsense(`it speaks ${named}, and here ${ours.join(', ')} are spoken`));
}

export function speaksStateless(supported: readonly string[]): boolean {
  return supported.some((version) => STATELESS_VERSIONS.includes(version));
}

export function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter((one) => typeof one === 'string') : [];
}

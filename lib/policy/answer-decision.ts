import type { Side } from './describe-request.ts';
import type { Verdict } from './partial-decision.ts';
import type { EngineInput } from './decide-side.ts';
import { DECISION_LIST_MAX, DECISION_TEXT_MAX } from './constants.ts';
import type { PolicyDecision, PolicyRequest } from './types.ts';

export interface SideVerdict {
  readonly side: Side;
  readonly verdict: Verdict;
}

/** A deny that no policy decided. */
export function denial(setSha256: string, reason: string, hidden: boolean): PolicyDecision {
  return {
    effect: 'deny',
    policies: [],
    reasons: [short(reason)],
    obligations: [],
    shadow: [],
    errors: [],
    setSha256,
    hidden,
  };
}

/** Both may, or it is denied: by the forbids that fired, by what erred, or for want of a permit. */
export function answer(
  { policies, setSha256 }: EngineInput,
  request: PolicyRequest,
  verdicts: readonly SideVerdict[],
  early: boolean,
): PolicyDecision {
  const refusing = verdicts.filter(({ verdict }) => !verdict.allowed);
  const deciding = unique(
    (refusing.length > 0 ? refusing : verdicts).flatMap(({ verdict }) => verdict.policies),
  );
  const base = { obligations: [], shadow: [], setSha256, policies: deciding };
  if (refusing.length === 0) return { ...base, effect: 'allow', reasons: [], errors: [], hidden: false };
  const errors = unique(verdicts.flatMap(({ verdict }) => verdict.errors));
  const forbidding = policies.filter(({ id }) => deciding.includes(id));
  const reasons = unique([
    ...forbidding.map(({ id, reason }) => reason ?? `policy '${id}' forbids it`),
    ...errors.map((error) => `${error}; until an admin mends it, what it covers is denied`),
    ...refusing
      .filter(({ verdict }) => verdict.policies.length === 0 && verdict.errors.length === 0)
      .map(({ side }) => wantOfPermit(request, side)),
  ]);
  return { ...base, effect: 'deny', reasons, errors, hidden: early };
}

function wantOfPermit(
  { principal, action, server, tool, prompt, resource }: PolicyRequest,
  side: Side,
): string {
  const thing = tool?.name ?? prompt?.name ?? resource?.uri;
  const what = thing === undefined ? `server '${server.id}'` : `'${thing}' of server '${server.id}'`;
  if (side === 'User') return `no policy permits you ${action} on ${what}`;
  const how = principal.mode === 'user' ? 'for a user' : 'by itself';
  return `no policy permits the agent '${principal.agent.clientId}' ${action} on ${what} ${how}`;
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list)].slice(0, DECISION_LIST_MAX).map(short);
}

/** Reasons go into receipts, whose schema has a limit. */
function short(text: string): string {
  return text.length <= DECISION_TEXT_MAX ? text : `${text.slice(0, DECISION_TEXT_MAX).toWellFormed()}…`;
}

import type { GroupName, KindLayout, OptionalMember, OutcomeStatus, ReceiptKind } from './types.ts';

/**
 * The source of truth of a receipt: per kind, which clear members it must or may have, and which `_sd` arrays it has
 * with how many digests. The builder fills an array with one digest per name (a decoy where the claim is absent) and
 * sorts it; the verifier and the published JSON Schemas read the same tables.
 */

/** All clear members, `_sd` among them, in the order in which RFC 8785 writes them. */
export const MEMBERS_IN_ORDER = [
  '_sd',
  '_sd_alg',
  'actor',
  'aggregate',
  'attempt',
  'credential',
  'decision',
  'erasure',
  'first_attempt',
  'iat',
  'iss',
  'jti',
  'key',
  'kind',
  'log',
  'outcome',
  'server',
  'tool',
  'v',
] as const;

/** Who acted, all disclosable but `actor.mode`. */
export const ACTOR_CLAIMS = [
  'sub',
  'idp_issuer',
  'idp_subject',
  'email',
  'name',
  'groups',
  'ip',
  'client_id',
  'workload',
  'session',
] as const;
export const SERVER_CLAIMS = ['url_sha256'] as const;
export const DECISION_CLAIMS = ['policies', 'reasons', 'obligations', 'shadow'] as const;
export const CREDENTIAL_CLAIMS = ['reference'] as const;
/** Claims whose digests stand in the payload's own `_sd`. `subject` is the person whom the act is about. */
export const TOP_CLAIMS = [
  'uri',
  'prompt',
  'arguments',
  'received',
  'result',
  'upstream',
  'events',
  'values',
  'context',
  'timing',
  'elicitations',
  'details',
  'subject',
] as const;

const NONE = [] as const;
const GROUPS = { server: SERVER_CLAIMS, decision: DECISION_CLAIMS, credential: CREDENTIAL_CLAIMS } as const;

/** What was asked and what came of it: every outcome of a message has these. */
const EXCHANGE = [
  'arguments',
  'received',
  'result',
  'upstream',
  'events',
  'values',
  'context',
  'timing',
  'elicitations',
] as const;

export const OUTCOME_STATUSES = [
  'ok',
  'tool_error',
  'rpc_error',
  'protocol_error',
  'input_required',
  'task',
  'denied',
  'held',
  'cancelled',
  'timed_out',
  'failed',
  'withheld',
  'unknown',
] as const satisfies readonly OutcomeStatus[];
const ACT_STATUSES = [
  'ok',
  'denied',
  'cancelled',
  'timed_out',
  'failed',
] as const satisfies readonly OutcomeStatus[];

type Presence = Readonly<Partial<Record<OptionalMember, 'required' | 'allowed'>>>;

function kindOf(
  clear: Presence,
  top: KindLayout['top'],
  statuses: readonly OutcomeStatus[] = NONE,
): KindLayout {
  return { clear, actor: ACTOR_CLAIMS, ...GROUPS, top, statuses };
}

const message: Presence = {
  server: 'required',
  decision: 'required',
  outcome: 'required',
  attempt: 'allowed',
  credential: 'allowed',
};
const messageWithTool: Presence = { ...message, tool: 'allowed' };
/** Belongs to an attempt and is not its outcome. */
const beside: Presence = { ...messageWithTool, decision: 'allowed', attempt: 'required' };
/** An act of a person or an operator, outside any call. */
const act: Presence = { outcome: 'allowed' };

export const LAYOUT: Readonly<Record<ReceiptKind, KindLayout>> = {
  attempt: kindOf(
    {
      server: 'required',
      decision: 'required',
      tool: 'allowed',
      credential: 'allowed',
      first_attempt: 'allowed',
    },
    ['uri', 'prompt', 'arguments', 'received', 'values', 'context', 'timing', 'elicitations'],
  ),
  tool_call: kindOf({ ...message, tool: 'required' }, EXCHANGE, OUTCOME_STATUSES),
  resource_read: kindOf(message, ['uri', ...EXCHANGE], OUTCOME_STATUSES),
  prompt_get: kindOf(message, ['prompt', ...EXCHANGE], OUTCOME_STATUSES),
  completion: kindOf(message, ['uri', 'prompt', ...EXCHANGE], OUTCOME_STATUSES),
  task: kindOf(messageWithTool, ['uri', ...EXCHANGE, 'details'], OUTCOME_STATUSES),
  sampling: kindOf(messageWithTool, [...EXCHANGE, 'details'], OUTCOME_STATUSES),
  roots: kindOf(messageWithTool, [...EXCHANGE, 'details'], OUTCOME_STATUSES),
  elicitation: kindOf(
    { ...messageWithTool, server: 'allowed', decision: 'allowed' },
    [...EXCHANGE, 'details'],
    OUTCOME_STATUSES,
  ),
  interim: kindOf(beside, ['uri', 'prompt', ...EXCHANGE], ['input_required']),
  late_outcome: kindOf(beside, ['uri', 'prompt', ...EXCHANGE], OUTCOME_STATUSES),
  consent: kindOf({ ...act, server: 'allowed', decision: 'allowed' }, ['details', 'subject'], ACT_STATUSES),
  approval: kindOf(
    { ...act, server: 'allowed', tool: 'allowed', decision: 'allowed' },
    ['uri', 'prompt', 'arguments', 'elicitations', 'details', 'subject'],
    ACT_STATUSES,
  ),
  sign_in: kindOf(act, ['details'], ACT_STATUSES),
  token: kindOf({ ...act, server: 'allowed' }, ['details', 'subject'], ACT_STATUSES),
  read: kindOf(act, ['details', 'subject'], ACT_STATUSES),
  key: kindOf({ key: 'required' }, ['details']),
  admin: kindOf(
    { ...act, server: 'allowed', tool: 'allowed', decision: 'allowed' },
    ['details', 'subject'],
    ACT_STATUSES,
  ),
  erasure: kindOf({ erasure: 'required' }, ['details', 'subject']),
  // Counts of strangers: nobody acts, so nothing is hidden.
  aggregate: {
    clear: { aggregate: 'required' },
    actor: NONE,
    server: NONE,
    decision: NONE,
    credential: NONE,
    top: NONE,
    statuses: NONE,
  },
};

export const RECEIPT_KINDS: readonly ReceiptKind[] = Object.keys(LAYOUT) as ReceiptKind[];
export const GROUP_NAMES: readonly GroupName[] = ['top', 'actor', 'server', 'decision', 'credential'];

/** Kinds that close the attempt they name: at most one of these per attempt. */
export const OUTCOME_KINDS: readonly ReceiptKind[] = [
  'tool_call',
  'resource_read',
  'prompt_get',
  'completion',
  'task',
];

export const ACTOR_MODES = ['user', 'agent', 'operator', 'system'] as const;
export const EFFECTS = ['allow', 'deny', 'hold'] as const;
export const CREDENTIAL_KINDS = [
  'minted',
  'oauth_user',
  'oauth_client',
  'token_exchange',
  'user_secret',
  'static',
  'none',
] as const;

/** The closed list of what an `aggregate` counts: refusals before authentication, and of overload. */
export const REFUSAL_REASONS = [
  'unknown_address',
  'unknown_tenant',
  'unknown_server',
  'foreign_origin',
  'missing_token',
  'malformed_token',
  'invalid_token',
  'expired_token',
  'wrong_audience',
  'revoked_token',
  'body_too_large',
  'unsupported_media_type',
  'malformed_request',
  'method_not_allowed',
  'unknown_session',
  'rate_limited',
  'overloaded',
  'unavailable',
  'refused_sign_in',
  'refused_authorization',
  'refused_registration',
  'refused_token_request',
  'refused_metadata',
] as const;

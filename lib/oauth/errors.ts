/** Why a bearer token is not accepted. The kind goes into refusal counts; the client sees `invalid_token` and the text. */
export type AccessTokenRefusalKind =
  | 'malformed'
  | 'unsupported_algorithm'
  | 'wrong_type'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'missing_claim'
  | 'grant_ended'
  | 'person_inactive'
  | 'agent_not_admitted'
  | 'unknown_server'
  | 'unavailable';

export interface AccessTokenRefusal {
  readonly kind: AccessTokenRefusalKind;
  /** 401, or 503 when it can't be known now whether the token still holds. */
  readonly status: 401 | 503;
  /** Safe to show: what is wrong and what to do. */
  readonly detail: string;
}

const DETAILS: Record<AccessTokenRefusalKind, string> = {
  malformed: 'The access token is not a JWT this server issued.',
  unsupported_algorithm: 'The access token is not signed with EdDSA.',
  wrong_type: 'The token is not an access token (typ is not at+jwt).',
  unknown_key: 'The access token is signed by a key this tenant does not use.',
  bad_signature: 'The signature of the access token does not verify.',
  wrong_issuer: 'The access token was issued by another authorization server.',
  wrong_audience: 'The access token is for another resource. Ask for one with this resource.',
  expired: 'The access token has expired. Refresh it or authorize again.',
  not_yet_valid: 'The access token is not valid yet. Check the clocks.',
  missing_claim: 'The access token lacks a claim that every token of this server has.',
  grant_ended: 'This authorization was ended or has expired. Authorize again.',
  person_inactive: 'The person behind this token may no longer sign in.',
  agent_not_admitted: 'This client is not admitted here. An admin has to admit it.',
  unknown_server: 'There is no such MCP server.',
  unavailable: 'It can not be checked now whether this token still holds. Try again shortly.',
};

export function accessTokenRefusal(kind: AccessTokenRefusalKind): AccessTokenRefusal {
  return { kind, status: kind === 'unavailable' ? 503 : 401, detail: DETAILS[kind] };
}

/** Why a consent page can't be shown or answered. */
export type InteractionProblemKind =
  | 'not_found'
  | 'other_browser'
  | 'other_person'
  | 'no_role'
  | 'not_admitted'
  | 'may_not_admit'
  | 'server_gone'
  | 'client_gone'
  | 'already_answered';

export interface InteractionProblem {
  readonly kind: InteractionProblemKind;
  readonly status: 403 | 404 | 409 | 410;
  readonly title: string;
  readonly detail: string;
}

const PROBLEMS: Record<InteractionProblemKind, Omit<InteractionProblem, 'kind'>> = {
  not_found: {
    status: 404,
    title: 'This request has ended',
    detail: 'It was answered already, or it waited too long. Start again from your agent.',
  },
  other_browser: {
    status: 403,
    title: 'This request was started in another browser',
    detail:
      'Answer it where you started it. If somebody sent you this link, do not go on: it could connect their agent to your account.',
  },
  other_person: {
    status: 403,
    title: 'This request belongs to another account',
    detail: 'You are signed in as somebody else than the person who started it. Start again from your agent.',
  },
  no_role: {
    status: 403,
    title: 'Your account has no access here',
    detail: 'None of your groups has a role in this organisation. Ask its admin.',
  },
  not_admitted: {
    status: 403,
    title: 'This agent is not admitted',
    detail: 'An admin of your organisation has to admit it before anyone can use it.',
  },
  may_not_admit: {
    status: 403,
    title: 'Only an admin can admit an agent',
    detail: 'Ask an admin of your organisation to admit it, then start again from your agent.',
  },
  server_gone: {
    status: 410,
    title: 'This MCP server is no longer registered',
    detail: 'An admin removed it after the request was started.',
  },
  client_gone: {
    status: 410,
    title: 'This agent is no longer registered',
    detail: 'Its registration expired or was removed. Start again from your agent.',
  },
  already_answered: {
    status: 409,
    title: 'This request was answered already',
    detail: 'Go back to your agent.',
  },
};

export function interactionProblem(kind: InteractionProblemKind): InteractionProblem {
  return { kind, ...PROBLEMS[kind] };
}

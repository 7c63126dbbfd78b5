/** Why a sign-in went no further. Pages have the words for each. */
export const SSO_PROBLEM_KINDS = [
  /** The tenant has no identity provider yet. */
  'no-provider',
  /** Discovery, token or userinfo endpoint can't be reached or answers nonsense. */
  'provider-unavailable',
  /** It answers, but not in time. */
  'provider-slow',
  /** The provider is misconfigured: wrong issuer, missing endpoint, refused client. */
  'provider-misconfigured',
  /** The provider answered with an OAuth error (access_denied, …). */
  'provider-refused',
  /** State unknown, used before, or expired. */
  'attempt-unknown',
  /** The attempt was begun in another browser. */
  'attempt-of-another-browser',
  /** The answer breaks the protocol: iss, nonce, signature, audience, PKCE. */
  'response-invalid',
  'groups-missing',
  'groups-overage',
  'groups-malformed',
  /** None of the person's groups has a role here. */
  'no-role',
  /** An admin disabled this person. */
  'person-disabled',
] as const;
export type SsoProblemKind = (typeof SSO_PROBLEM_KINDS)[number];

/** The registered error codes of RFC 6749 §4.1.2.1 and §5.2 and OpenID Connect Core §3.1.2.6; any other text is not repeated. */
export const PROVIDER_CODES = [
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'login_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
] as const;
export type ProviderCode = (typeof PROVIDER_CODES)[number];

export interface SsoProblem {
  readonly kind: SsoProblemKind;
  /** The provider's own error code. */
  readonly providerError?: ProviderCode;
  /** For the log and for admins: what exactly did not fit. No secret, no token, nothing about the person. */
  readonly reason?: string;
  /** The path that the person wanted to reach, for another try. */
  readonly returnTo?: string;
}

/** Refusals of administrative acts. */
export interface IdentityProblem {
  readonly kind: 'not-found' | 'ambiguous' | 'too-many-agents' | 'already-listed' | 'owner-not-found';
  readonly message: string;
}

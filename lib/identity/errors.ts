/** Why a sign-in went no further. Each has its words in `problem-words.ts`. */
export type SsoProblemKind =
  /** The tenant has no identity provider yet. */
  | 'no-provider'
  /** Discovery, token or userinfo endpoint can't be reached or answers nonsense. */
  | 'provider-unavailable'
  /** It answers, but not in time. */
  | 'provider-slow'
  /** The provider is misconfigured: wrong issuer, missing endpoint, refused client. */
  | 'provider-misconfigured'
  /** The provider answered with an OAuth error (access_denied, …). */
  | 'provider-refused'
  /** State unknown, used before, or expired. */
  | 'attempt-unknown'
  /** The attempt was begun in another browser. */
  | 'attempt-of-another-browser'
  /** The answer breaks the protocol: iss, nonce, signature, audience, PKCE. */
  | 'response-invalid'
  | 'groups-missing'
  | 'groups-overage'
  | 'groups-malformed'
  /** None of the person's groups has a role here. */
  | 'no-role'
  /** An admin disabled this person. */
  | 'person-disabled';

export interface SsoProblem {
  readonly kind: SsoProblemKind;
  readonly title: string;
  /** For the person: what happened. No secret, no token, no claim value. */
  readonly message: string;
  /** What the person can do about it. */
  readonly you: string;
  /** What their admin can do about it. */
  readonly admin: string;
  /** The provider's own error code, from the closed set of registered codes. */
  readonly providerError?: string;
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

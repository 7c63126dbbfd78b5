import type { SsoProblem, SsoProblemKind } from './errors.ts';

const WORDS: Record<SsoProblemKind, string> = {
  'no-provider':
    'This tenant has no identity provider yet. An admin adds one to the tenant file and applies it.',
  'provider-unavailable':
    'Your identity provider does not answer, or not in time. Try again in a minute; if it goes on, tell your admin.',
  'provider-misconfigured':
    'Your identity provider and Countersign are not set up for each other. An admin has to compare issuer, client id, client secret and redirect URI on both sides.',
  'provider-refused': 'Your identity provider did not let you in.',
  'attempt-unknown':
    'This sign-in was already used, or it is older than ten minutes. Go back to where you came from and sign in again.',
  'attempt-of-another-browser':
    'This sign-in was begun in another browser, or this browser did not keep its cookie. Sign in again in one and the same browser window, with cookies allowed.',
  'response-invalid':
    'The answer of your identity provider could not be verified, so it was not used. Sign in again; if it happens again, tell your admin.',
  'groups-missing':
    'Your identity provider did not say which groups you are in, and access here depends on groups. An admin has to add the groups claim to the application at the identity provider.',
  'groups-overage':
    'You are in more groups than your identity provider puts into a token, so it named none. An admin has to limit the groups claim to the groups assigned to this application.',
  'groups-malformed':
    'Your identity provider sent a groups claim that is not a list of names. An admin has to correct the claim at the identity provider.',
  'no-role':
    'You are signed in at your identity provider, but none of your groups has a role here. Ask your admin to add you to one.',
  'person-disabled': 'Your access here was switched off. Ask your admin.',
};

export const SSO_PROBLEM_KINDS = Object.keys(WORDS) as readonly SsoProblemKind[];

/** The registered error codes of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6; any other text is not repeated. */
const REGISTERED_CODES = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
]);

/** A refusal in words for the person. What a provider wrote is repeated only if it is a registered code. */
export function ssoProblem(kind: SsoProblemKind, providerError?: string): SsoProblem {
  const known =
    providerError !== undefined && REGISTERED_CODES.has(providerError) ? providerError : undefined;
  if (known === undefined) return { kind, message: WORDS[kind] };
  return { kind, message: `${WORDS[kind]} It said: ${known}.`, providerError: known };
}

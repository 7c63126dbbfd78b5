import { MCP_SCOPE } from './constants.ts';

/** The parameters of OAuth that mean something here, and those whose misuse must be answered with an error. */
const AUTHORIZATION_PARAMETERS = new Set([
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'redirect_uri',
  'request',
  'request_uri',
  'resource',
  'response_mode',
  'response_type',
  'state',
]);

/**
 * An authorization request with the parameters we know (RFC 6749 §3.1: others are ignored) and the one scope there
 * is: clients leave it out, or ask for what they know from elsewhere, and the answer says what was granted.
 * Doubled parameters stay doubled, to be refused.
 */
export function normalizeAuthorizationQuery(query: URLSearchParams): URLSearchParams {
  const normal = new URLSearchParams([...query].filter(([name]) => AUTHORIZATION_PARAMETERS.has(name)));
  normal.set('scope', MCP_SCOPE);
  return normal;
}

/** The same for a token request: a scope that is named is the one scope. */
export function normalizeTokenForm(body: string): string {
  const form = new URLSearchParams(body);
  const grantType = form.get('grant_type');
  if (form.has('scope') || grantType === 'client_credentials') form.set('scope', MCP_SCOPE);
  return form.toString();
}

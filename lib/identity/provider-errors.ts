import { EgressError } from '#lib/net';
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { ssoProblem } from './describe-problem.ts';
import { describeRefusedHosts } from './endpoint-hosts.ts';
import type { SsoProblem } from './errors.ts';
import type { ProviderHosts } from './types.ts';

/** Before a person is back from the provider, nothing can be wrong with their answer. */
export type ProviderStep = 'discovery' | 'exchange';

/** The provider calls itself something else than the tenant's file does. */
export class IssuerMismatch extends Error {
  constructor(found: unknown) {
    super(`the discovery document names another issuer${quoted(found)}; issuer must be exactly that text`);
    this.name = 'IssuerMismatch';
  }
}

/** The discovery document of a saved provider puts its endpoints elsewhere than it did. */
export class HostsMoved extends Error {
  constructor(hosts: ProviderHosts) {
    super(describeRefusedHosts(hosts));
    this.name = 'HostsMoved';
  }
}

/** Text of a provider's public document, if it is nothing but a short URL. */
function quoted(text: unknown): string {
  return typeof text === 'string' && /^https?:\/\/[\x21-\x7e]{1,200}$/.test(text) ? `, ${text}` : '';
}

const UNAVAILABLE_CODES = new Set([
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);

const MISCONFIGURED_CODES = new Set([
  'OAUTH_HTTP_REQUEST_FORBIDDEN',
  'OAUTH_REQUEST_PROTOCOL_FORBIDDEN',
  'OAUTH_MISSING_SERVER_METADATA',
  'OAUTH_INVALID_SERVER_METADATA',
  'OAUTH_UNSUPPORTED_OPERATION',
]);

/** What a library error means to the person; undefined when it is no refusal but a defect of ours. */
export function problemOfProviderError(error: unknown, step: ProviderStep): SsoProblem | undefined {
  if (error instanceof AuthorizationResponseError)
    return ssoProblem('provider-refused', { code: error.error });
  if (error instanceof ResponseBodyError) return problemOfTokenError(error);
  if (error instanceof WWWAuthenticateChallengeError) return problemOfChallenge(error);
  if (error instanceof IssuerMismatch || error instanceof HostsMoved)
    return ssoProblem('provider-misconfigured', { reason: error.message });
  const egress = [error, error instanceof Error ? error.cause : undefined].find(isEgressError);
  if (egress !== undefined) return problemOfEgress(egress);
  const code = libraryCode(error);
  if (code === undefined) return undefined;
  const cause = { reason: libraryReason(error) };
  if (code === 'OAUTH_TIMEOUT') return ssoProblem('provider-slow', cause);
  if (UNAVAILABLE_CODES.has(code)) return ssoProblem('provider-unavailable', cause);
  if (MISCONFIGURED_CODES.has(code) || step === 'discovery')
    return ssoProblem('provider-misconfigured', cause);
  return ssoProblem('response-invalid', cause);
}

/** The token endpoint challenges who does not authenticate as it wants (RFC 6749 §5.2); userinfo asks for another token. */
function problemOfChallenge({ cause, status }: WWWAuthenticateChallengeError): SsoProblem {
  const isBearer = cause.some(({ scheme }) => scheme === 'bearer');
  if (isBearer) {
    const reason = `the userinfo endpoint answered ${status} and refused the access token that was just issued`;
    return ssoProblem('provider-misconfigured', { reason });
  }
  const reason = `the token endpoint answered ${status} and wants other credentials`;
  return ssoProblem('provider-misconfigured', { code: 'invalid_client', reason });
}

function isEgressError(error: unknown): error is EgressError {
  return error instanceof EgressError;
}

/** The libraries mark their own refusals; some of them pass through unwrapped. */
function libraryCode(error: unknown): string | undefined {
  if (error instanceof ClientError) return error.code ?? '';
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('OAUTH_') ? error.code : undefined;
}

/** The libraries' own sentences are fixed texts; what did not fit stands in causes, which hold claims and tokens. */
function libraryReason(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { cause } = error;
  if (cause instanceof Error && libraryCode(cause) !== undefined) return cause.message;
  const isMismatch = libraryCode(error) === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';
  const body = (cause as { body?: { issuer?: unknown } } | undefined)?.body;
  return isMismatch && typeof body?.issuer === 'string'
    ? new IssuerMismatch(body.issuer).message
    : error.message;
}

/** The way to the provider: not open, or not to be opened without the operator's word. */
function problemOfEgress({ kind, message }: EgressError): SsoProblem {
  const cause = { reason: message };
  if (kind === 'timed-out') return ssoProblem('provider-slow', cause);
  const down = kind === 'unreachable' || kind === 'unavailable' || kind === 'rate-limited';
  return ssoProblem(down ? 'provider-unavailable' : 'provider-misconfigured', cause);
}

/** RFC 6749 §5.2. `invalid_grant` is about this one code; the rest is about how the two sides are set up. */
function problemOfTokenError({ error: code, status }: ResponseBodyError): SsoProblem {
  const cause = { code, reason: `the token endpoint answered ${status}` };
  if (code === 'invalid_grant') return ssoProblem('response-invalid', cause);
  return ssoProblem(status >= 500 ? 'provider-unavailable' : 'provider-misconfigured', cause);
}

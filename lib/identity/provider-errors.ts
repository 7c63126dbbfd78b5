import { EgressError } from '#lib/net';
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { ssoProblem } from './describe-problem.ts';
import type { SsoProblem } from './errors.ts';

/** Before a person is back from the provider, nothing can be wrong with their answer. */
export type ProviderStep = 'discovery' | 'exchange';

/** The provider calls itself something else than the tenant's file does. */
export class IssuerMismatch extends Error {
  constructor() {
    super('the discovery document names another issuer');
    this.name = 'IssuerMismatch';
  }
}

const UNAVAILABLE_CODES = new Set([
  'OAUTH_TIMEOUT',
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
  if (error instanceof AuthorizationResponseError) return ssoProblem('provider-refused', error.error);
  if (error instanceof ResponseBodyError) return problemOfTokenError(error);
  if (error instanceof WWWAuthenticateChallengeError) return ssoProblem('provider-misconfigured');
  if (error instanceof IssuerMismatch) return ssoProblem('provider-misconfigured');
  if (error instanceof EgressError) return problemOfEgress(error);
  if (error instanceof ClientError && error.cause instanceof EgressError) return problemOfEgress(error.cause);
  const code = libraryCode(error);
  if (code === undefined) return undefined;
  if (UNAVAILABLE_CODES.has(code)) return ssoProblem('provider-unavailable');
  if (MISCONFIGURED_CODES.has(code) || step === 'discovery') return ssoProblem('provider-misconfigured');
  return ssoProblem('response-invalid');
}

/** The libraries mark their own refusals; some of them pass through unwrapped. */
function libraryCode(error: unknown): string | undefined {
  if (error instanceof ClientError) return error.code ?? '';
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('OAUTH_') ? error.code : undefined;
}

/** The way to the provider: not open, or not to be opened without the operator's word. */
function problemOfEgress({ kind }: EgressError): SsoProblem {
  const down =
    kind === 'timed-out' || kind === 'unreachable' || kind === 'unavailable' || kind === 'rate-limited';
  return ssoProblem(down ? 'provider-unavailable' : 'provider-misconfigured');
}

/** RFC 6749 §5.2. `invalid_grant` is about this one code; the rest is about how the two sides are set up. */
function problemOfTokenError(error: ResponseBodyError): SsoProblem {
  if (error.error === 'invalid_grant') return ssoProblem('response-invalid', error.error);
  if (error.status >= 500) return ssoProblem('provider-unavailable', error.error);
  return ssoProblem('provider-misconfigured', error.error);
}

import type { Json } from '#lib/core';
import { EgressError } from '#lib/net';
import type { OutcomeStatus } from '#lib/receipts';

export type UpstreamFailureKind =
  | 'unreachable'
  | 'unauthorized'
  | 'redirected'
  | 'refused'
  /** MCP 2025-11-25, -32042: nothing goes on before a person has opened a URL. */
  | 'wants_browser'
  | 'session_lost'
  | 'header_mismatch'
  | 'nonsense'
  | 'too_large'
  | 'overloaded'
  | 'cut_off'
  | 'aborted';

/** Why an upstream's answer can't be used. `message` completes "The server …" for the agent and the admin behind it. */
export interface UpstreamFailure {
  readonly kind: UpstreamFailureKind;
  readonly message: string;
  readonly httpStatus?: number;
  /** The error of the stateless era behind it: whoever answers with one speaks it. */
  readonly eraError?: { readonly code: number; readonly data: Json | undefined };
  /** When it is worth another try. */
  readonly retryAfterSeconds?: number;
  /** Where a broken stream can be taken up again. */
  readonly lastEventId?: string;
}

/** Of a request that may have been begun: never a lost session, which is opened anew, for nothing is to be done twice. */
export function onceBegun(failure: UpstreamFailure): UpstreamFailure {
  return failure.kind === 'session_lost' ? { ...failure, kind: 'cut_off' } : failure;
}

/** What the receipt says of it. */
export function statusOf(failure: UpstreamFailure): OutcomeStatus {
  return failure.kind === 'nonsense' || failure.kind === 'too_large' ? 'protocol_error' : 'failed';
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'could not be reached: nothing listens at its address. Check that it runs and that its URL is right',
  ENOTFOUND: 'could not be reached: its host name does not resolve. Check its URL',
  EAI_AGAIN: 'could not be reached: its host name does not resolve now',
  ECONNRESET: 'closed the connection before it had answered',
  UND_ERR_SOCKET: 'closed the connection before it had answered',
  UND_ERR_CONNECT_TIMEOUT: 'could not be reached in time',
  ETIMEDOUT: 'could not be reached in time',
  HPE_INVALID_CONSTANT: 'does not speak HTTP',
};

/** Words for a broken connection; the error's own text may hold addresses and stays in the log. */
export function networkFailure(error: unknown): UpstreamFailure {
  if (error instanceof EgressError) {
    return { kind: 'unreachable', message: `could not be asked: ${error.message}` };
  }
  const code = codeOf(error);
  const words = NETWORK_WORDS[code] ?? `could not be reached${code === '' ? '' : ` (${code})`}`;
  return { kind: 'unreachable', message: `${words}.` };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : '';
}

/** Words for an HTTP status that is no answer to a message. Undefined for 2xx. */
export function httpFailure(status: number): UpstreamFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) {
    return {
      kind: 'redirected',
      message: `answered with a redirect (HTTP ${status}). Redirects are never followed: register its final URL.`,
    };
  }
  if (status === 401 || status === 403) {
    return {
      kind: 'unauthorized',
      message: `refused the credential that Countersign sent for this call (HTTP ${status}).`,
    };
  }
  return { kind: 'refused', message: `answered with HTTP ${status}.`, httpStatus: status };
}

export function nonsense(detail: string): UpstreamFailure {
  return { kind: 'nonsense', message: `gave an answer that is not valid MCP: ${detail}.` };
}

export const UNANSWERED: UpstreamFailure = {
  kind: 'cut_off',
  message: 'accepted a request and did not answer it.',
};

export const NO_ROOM: UpstreamFailure = {
  kind: 'too_large',
  message: 'answered, but results of other calls fill the memory set aside for them.',
};

export function tooLarge(what: string, bytes: number): UpstreamFailure {
  return { kind: 'too_large', message: `sent ${what} of more than ${bytes} bytes, which is the limit here.` };
}

import type { Dispatcher } from 'undici';
import type { Config } from '#lib/config';
import type { Result } from '#lib/core';
import type { EgressProblem } from './errors.ts';

export type { Dispatcher };

/**
 * Why a request leaves: `upstream` and `idp` go to what an admin registered, private addresses only where the operator
 * named them, and `idp` to no host but those that its request names; `metadata` goes where strangers' documents point, to public addresses only.
 */
export type EgressClass = 'upstream' | 'idp' | 'metadata';

export interface EgressRequest {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | Headers | undefined;
  readonly body?: string | Uint8Array | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of class `idp`: where this provider may be spoken to (`hostsOf`). Without them it goes nowhere. */
  readonly hosts?: ReadonlySet<string> | undefined;
  /** More than this and the answer is an error; the class has its own ceiling. */
  readonly bytesMax?: number;
  /** For the whole exchange, connection to last byte. */
  readonly timeoutMs?: number;
}

/** The settings that decide where connections may go. */
export type EgressConfig = Pick<
  Config,
  'tenantUrl' | 'environment' | 'egressPrivateHosts' | 'upstreamTimeoutMs'
>;

/** Resolves a host name; node:dns in production. */
export type ResolveHost = (
  host: string,
  done: (
    error: Error | null,
    addresses: readonly { readonly address: string; readonly family: number }[],
  ) => void,
) => void;

export interface EgressDeps {
  readonly config: EgressConfig;
  readonly logger?: { debug(details: object, message: string): void };
  readonly resolveHost?: ResolveHost;
  /** Milliseconds that only move forward; replaced in tests. */
  readonly monotonicNow?: () => number;
}

/**
 * What a connection is for: answers that come, or answers that stay open for as long as somebody listens. Each has
 * connections of its own, so that those who listen never keep anybody from being answered.
 */
export type ConnectionUse = 'calls' | 'streams';

/** Requests of one class at one moment. */
export interface EgressActivity {
  readonly egressClass: EgressClass;
  /** Sent, or being sent. */
  readonly running: number;
  /** Behind a connection that others use. */
  readonly waiting: number;
}

/** The only way out of the process over HTTP. Redirects are never followed, compression is never asked for. */
export interface Egress {
  /** What can be said without connecting: scheme, credentials in the URL, addresses written as such. */
  allowed(egressClass: EgressClass, url: string | URL): Result<URL, EgressProblem>;
  /**
   * The pooled connections of one origin, for callers that read the answer by callbacks. Every connection is checked
   * against the class when it is made. May be kept: when the pool behind it was dropped for want of use, the next
   * dispatch opens another.
   * @throws {EgressError} for an origin that `allowed` refuses.
   */
  pool(egressClass: Exclude<EgressClass, 'idp'>, origin: string, use?: ConnectionUse): Dispatcher;
  /**
   * One request, its whole answer in memory, capped in size and time. A redirect is an error.
   * @throws {EgressError}
   */
  fetch(egressClass: EgressClass, url: string | URL, request?: EgressRequest): Promise<Response>;
  /** What the pools are doing; a class without a pool is not named. */
  activity(): readonly EgressActivity[];
  /** Lets what runs finish, then closes every connection. */
  close(): Promise<void>;
}

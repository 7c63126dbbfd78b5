import type { Role } from '#lib/core';
import type { Addresses, PageKind, Problem } from '#lib/edge';
import type { BrowserSession, Sessions, TenantRecord, Tenants } from '#lib/identity';
import type { RefusalReason } from '#lib/receipts';
import type { z } from 'zod';
import type { StrangerLimits } from './stranger-limits.ts';

/** What a log line about a request goes to: telemetry's logger fits. */
export interface HttpLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/**
 * Statuses of pages that are being answered with a refusal, by request: noted by the page, for a framework that can't
 * give a page a status; taken by whoever holds the socket.
 */
export interface PageStatuses {
  note(requestId: string, status: number): void;
  take(requestId: string): number | undefined;
}

/** What routes and pages are answered with. Asked for at each request, for route files are read before anything runs. */
export interface HttpServices {
  readonly addresses: Addresses;
  readonly tenants: Pick<Tenants, 'bySlug'>;
  readonly sessions: Pick<Sessions, 'verify' | 'createCsrfToken' | 'verifyCsrfToken'>;
  readonly logger: HttpLogger;
  /** A fresh reference for a request's log lines, or the listener's own for it. */
  readonly requestId: (headers: Headers) => string;
  /** The client's address by the rule of TRUSTED_PROXIES; whoever holds the socket knows it. */
  readonly clientAddress: (headers: Headers) => string | undefined;
  /** Lost infrastructure (database, key provider), as opposed to a defect: answered with 503. */
  readonly isUnavailable: (error: unknown) => boolean;
  /** Why nothing is served, where trying again does not help and an operator must do something: 503 in these words. */
  readonly explainRefusal: (error: unknown) => string | undefined;
  readonly pageStatuses: PageStatuses;
  /** Bounds what is kept for strangers. */
  readonly strangers: StrangerLimits;
  /** Largest body of a parsed request. */
  readonly bodyBytesMax: number;
  /** Counts a refusal of somebody unknown; the tenant is absent where none matched. */
  readonly countRefusal: (tenant: TenantRecord | undefined, reason: HttpRefusal) => void;
}

/** Of the reasons that an aggregate receipt counts, those that are met here. */
export type HttpRefusal = Extract<
  RefusalReason,
  | 'unknown_address'
  | 'unknown_tenant'
  | 'foreign_origin'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'malformed_request'
  | 'overloaded'
>;

/**
 * Who may call. `raw`: the handler authenticates by itself (tokens, protocol endpoints) and gets the request unread.
 * `optional`: a live session is passed on, its absence is fine.
 */
export type Auth = 'public' | 'optional' | 'session' | 'raw' | { readonly roles: readonly Role[] };

/** `instance`: served at the address without a tenant (landing page, health). */
export type Scope = 'tenant' | 'instance';

/** Schemas of the parts of a request. A body is JSON, a form `application/x-www-form-urlencoded`; never both. */
export interface InputSchemas {
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly form?: z.ZodType;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export type InputOf<Input extends InputSchemas | 'raw'> = Input extends InputSchemas
  ? {
      readonly params: Parsed<Input['params']>;
      readonly query: Parsed<Input['query']>;
      readonly body: Parsed<Input['body']>;
      readonly form: Parsed<Input['form']>;
    }
  : undefined;

export type SessionOf<A extends Auth> = A extends 'public' | 'raw'
  ? undefined
  : A extends 'optional'
    ? BrowserSession | undefined
    : BrowserSession;

export type TenantOf<S extends Scope> = S extends 'instance' ? undefined : TenantRecord;

export interface RouteContext<A extends Auth, I extends InputSchemas | 'raw', S extends Scope> {
  readonly request: Request;
  readonly requestId: string;
  readonly ip: string | undefined;
  readonly tenant: TenantOf<S>;
  readonly session: SessionOf<A>;
  readonly input: InputOf<I>;
  /** A cookie of the request by its full name. */
  readonly readCookie: (name: string) => string | undefined;
  /** The router's own segments, for `raw` routes. */
  readonly params: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface RouteDefinition<
  A extends Auth,
  I extends InputSchemas | 'raw',
  O extends z.ZodType | 'response',
  S extends Scope,
> {
  readonly auth: A;
  readonly input: I;
  /** The schema of a JSON answer, or `response` when the handler makes its own Response. */
  readonly output: O;
  /** Defaults to `tenant`. */
  readonly scope?: S;
  /** Which security headers; defaults to `api`, of `raw` routes to `protocol`. */
  readonly kind?: PageKind;
  /**
   * What an `Origin` header may say on a safe or raw request: `own` (the default) refuses a foreign one, `any` is for
   * public documents and for endpoints that browsers of other sites call with their own credentials in the request.
   */
  readonly origin?: 'own' | 'any';
  /** Which of its requests leave a row behind for whoever sends them, be it a stranger: those are bounded. */
  readonly keepsForStrangers?: (request: Request) => boolean;
  /** Smaller than the instance's limit. */
  readonly bodyBytesMax?: number;
  /** A value of `output`, or a finished Response (a redirect, a `problemResponse`). */
  readonly handle: (
    context: RouteContext<A, I, S>,
  ) => Promise<O extends z.ZodType ? z.input<O> | Response : Response>;
}

/** What a router passes besides the request; Next's shape. */
export interface RouterContext {
  readonly params: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export type RouteHandler = (request: Request, router: RouterContext) => Promise<Response>;

export interface PageContext<A extends Exclude<Auth, 'raw'>, I extends PageInput, S extends Scope> {
  readonly requestId: string;
  readonly ip: string | undefined;
  readonly tenant: TenantOf<S>;
  readonly session: SessionOf<A>;
  readonly input: {
    readonly params: Parsed<I['params']>;
    readonly query: Parsed<I['query']>;
  };
  readonly readCookie: (name: string) => string | undefined;
  /** The whole Cookie header, for what reads its own cookies from it. */
  readonly cookieHeader: string | null;
}

export interface PageInput {
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
}

/** What `load` may answer instead of data. Made by `redirectTo`, `notFound` and `refuse`. */
export type PageDeflection =
  | { readonly outcome: 'redirect'; readonly to: string }
  | { readonly outcome: 'not-found' }
  | { readonly outcome: 'problem'; readonly problem: Problem };

export interface PageDefinition<A extends Exclude<Auth, 'raw'>, I extends PageInput, S extends Scope, Data> {
  readonly auth: A;
  readonly input: I;
  readonly scope?: S;
  readonly load: (context: PageContext<A, I, S>) => Promise<Data | PageDeflection>;
}

/** What a Next page has in hand: `await headers()`, its params and search params. */
export interface PageRequest {
  readonly headers: Headers;
  readonly params: Promise<Readonly<Record<string, string | string[] | undefined>>>;
  readonly searchParams?: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

/** What every page may show besides its data. */
export interface PageFrame<S extends Scope> {
  readonly requestId: string;
  readonly tenant: TenantOf<S>;
  readonly session: BrowserSession | undefined;
  /** For the hidden field `csrf_token` of this page's forms; absent without a session. */
  readonly csrfToken: string | undefined;
  /** For inline scripts and styles; set by middleware. */
  readonly nonce: string | undefined;
}

export type PageOutcome<Data, S extends Scope = 'tenant'> =
  ({ readonly outcome: 'data'; readonly data: Data } & PageFrame<S>) | PageDeflection;

export type PageLoader<Data, S extends Scope> = (request: PageRequest) => Promise<PageOutcome<Data, S>>;

export interface Http {
  route<
    A extends Auth,
    const I extends InputSchemas | 'raw',
    O extends z.ZodType | 'response',
    S extends Scope = 'tenant',
  >(
    definition: RouteDefinition<A, I, O, S>,
  ): RouteHandler;
  page<A extends Exclude<Auth, 'raw'>, const I extends PageInput, Data, S extends Scope = 'tenant'>(
    definition: PageDefinition<A, I, S, Data>,
  ): PageLoader<Data, S>;
}

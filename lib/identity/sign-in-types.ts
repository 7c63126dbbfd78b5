import type { Person, PersonId, Result, Role, TenantId } from '#lib/core';
import type { TenantClient, TenantTransaction } from '#lib/db';
import type { SecretId } from '#lib/vault';
import type { SsoProblem } from './errors.ts';
import type { Actor, TenantRecord } from './tenant-types.ts';

/** What a tenant says about its OpenID Provider, in its file or in the console. */
export interface IdentityProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** How the client authenticates at the token endpoint. `none`: a public client, PKCE alone. */
  readonly clientAuthentication: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** Besides `openid`. */
  readonly scopes: readonly string[];
  /** Name of the claim that lists the groups. */
  readonly groupsClaim: string;
  /** What no groups claim at all means. An overage or a malformed claim always refuses. */
  readonly missingGroups: 'refuse' | 'none';
  /** Claims that the ID token lacks are taken from the userinfo endpoint. */
  readonly userinfo: boolean;
  /** Group to roles; `*` is everybody whom the provider lets in. */
  readonly roleMapping: Readonly<Record<string, readonly Role[]>>;
}

export interface IdentityProviderRecord extends IdentityProviderSettings {
  readonly clientSecretId?: SecretId;
}

export interface IdentityProviders {
  /**
   * In the caller's transaction; stages an `admin` receipt. The secret goes into the vault; absent keeps the stored one of
   * the same issuer. False when all of it is so already: then nothing is written.
   */
  save(
    tx: TenantTransaction,
    tenant: TenantRecord,
    settings: IdentityProviderSettings,
    clientSecret: string | undefined,
    actor: Actor,
  ): Promise<boolean>;
  /** As a transaction under way sees it. */
  loadIn(client: TenantClient): Promise<IdentityProviderRecord | undefined>;
  load(tenant: TenantRecord): Promise<IdentityProviderRecord | undefined>;
}

/** Looks a cookie of the request up by its full name. */
export type ReadCookie = (name: string) => string | undefined;

export interface BeginSignIn {
  /** Path below the canonical URL to return to; anything else is replaced by `/`. */
  readonly returnTo: string | undefined;
  /** `login` makes the provider ask again, as step-up. */
  readonly prompt?: 'login' | 'select_account';
}

export interface SignInStarted {
  readonly redirectTo: string;
  /** Set-Cookie lines: binds the attempt to this browser. */
  readonly setCookies: readonly string[];
}

export interface CompleteSignIn {
  /** Query parameters of the callback, as they came. */
  readonly parameters: URLSearchParams;
  readonly readCookie: ReadCookie;
  readonly ip?: string;
}

export interface SignInCompleted {
  readonly person: Person;
  readonly session: BrowserSession;
  /** Absolute URL below the tenant's canonical URL. */
  readonly returnTo: string;
  readonly setCookies: readonly string[];
}

export interface SingleSignOn {
  begin(tenant: TenantRecord, request: BeginSignIn): Promise<Result<SignInStarted, SsoProblem>>;
  /** Consumes the attempt whatever comes of it; every outcome that names a person or an attempt of ours is receipted or counted. */
  complete(tenant: TenantRecord, request: CompleteSignIn): Promise<Result<SignInCompleted, SsoProblem>>;
  /** Whether discovery at the provider works now, or at one that is not saved yet; for readiness pages and `doctor`. */
  check(
    tenant: TenantRecord,
    draft?: IdentityProviderSettings,
  ): Promise<Result<{ readonly issuer: string }, SsoProblem>>;
}

export interface BrowserSession {
  /** Hex SHA-256 of the cookie's value: safe to store and to compare, useless as a cookie. */
  readonly id: string;
  readonly tenant: TenantId;
  readonly person: Person;
  /** Changes with the person's claims, groups and state. */
  readonly personVersion: number;
  readonly createdAt: number;
  /** Absolute end, whatever the activity. */
  readonly expiresAt: number;
}

export interface Sessions {
  /** The live session of this tenant behind the request's cookie. Also records that it was seen. */
  verify(tenant: TenantRecord, readCookie: ReadCookie): Promise<BrowserSession | undefined>;
  /** A fresh token for a page's forms; differs each time, so that compression tells nothing. */
  createCsrfToken(session: BrowserSession): string;
  verifyCsrfToken(session: BrowserSession, token: string): boolean;
  /** Ends it, with a `sign_in` receipt that says so. `redirectTo` is the provider's own sign-out where it has one, else the canonical URL. */
  signOut(
    tenant: TenantRecord,
    session: BrowserSession,
    ip?: string,
  ): Promise<{ readonly redirectTo: string; readonly setCookies: readonly string[] }>;
  /** Ends every session of a person (an admin act). Returns how many. */
  endAll(tenant: TenantRecord, person: PersonId, actor: Actor): Promise<number>;
  /** Ends every session and every sign-in under way of the tenant, in the caller's transaction; how many sessions. */
  endEvery(tx: TenantTransaction): Promise<number>;
  /** Deletes what has ended. */
  sweep(tenant: TenantRecord): Promise<void>;
}

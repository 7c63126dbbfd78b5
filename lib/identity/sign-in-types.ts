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
  /** Name of the claim that lists the groups; dots or a list of names lead into nested claims, a URL is one name. */
  readonly groupsClaim: string | readonly string[];
  /** What a text in that claim is: never groups, one group, or names with spaces or commas between them. */
  readonly groupsFormat: 'list' | 'single' | 'space' | 'comma';
  /** What no groups claim at all means. An overage or a malformed claim always refuses. */
  readonly missingGroups: 'refuse' | 'none';
  /** Claims that the ID token lacks are taken from the userinfo endpoint. */
  readonly userinfo: boolean;
  /** Where its endpoints may be, besides the issuer's host; none: where its first discovery document puts them. */
  readonly endpointHosts: readonly string[];
  /** Group to roles; `*` is everybody whom the provider lets in. */
  readonly roleMapping: Readonly<Record<string, readonly Role[]>>;
}

/** Hosts of a provider's endpoints, each with its port. */
export interface ProviderHosts {
  /** Where they may be; none: nobody has looked yet. */
  readonly pinned: readonly string[];
  /** Where its discovery document puts them now, which is not believed. */
  readonly refused: readonly string[];
}

export interface IdentityProviderRecord extends IdentityProviderSettings {
  readonly clientSecretId?: SecretId;
  /** Of a saved one. */
  readonly hosts?: ProviderHosts;
}

export interface IdentityProviders {
  /**
   * In the caller's transaction; stages an `admin` receipt. The secret goes into the vault; absent keeps the stored one of
   * the same issuer. Where the endpoints may be changes with `endpointHosts` and with the issuer, and with nothing else. False when all of it is so already: then nothing is written.
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
  /** Undefined also for one that was not saved here: its row was changed in the database. */
  load(tenant: TenantRecord): Promise<IdentityProviderRecord | undefined>;
  /** There is a row, and it is not as it was saved. */
  isAltered(tenant: TenantRecord): Promise<boolean>;
}

/** Looks a cookie of the request up by its full name. */
export type ReadCookie = (name: string) => string | undefined;

export interface BeginSignIn {
  /** Path below the canonical URL to return to; anything else is replaced by `/`. */
  readonly returnTo: string | undefined;
  /** `login` makes the provider ask again, as step-up. */
  readonly prompt?: 'login' | 'select_account';
  /** Finds the log line of a refusal. */
  readonly requestId?: string;
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
  /** Finds the log line of a refusal. */
  readonly requestId?: string;
}

export interface SignInCompleted {
  readonly person: Person;
  readonly session: BrowserSession;
  /** Absolute URL below the tenant's canonical URL. */
  readonly returnTo: string;
  readonly setCookies: readonly string[];
}

/** A test sign-in that came back, whatever came of it: nobody was signed in. */
export interface SignInTested {
  readonly tested: true;
  /** Absolute URL of its report. */
  readonly returnTo: string;
  readonly setCookies: readonly string[];
}

export type SignInFinished = SignInCompleted | SignInTested;

/** Settings that are tried out before they are saved. */
export interface ProviderCandidate {
  readonly settings: IdentityProviderSettings;
  /** Absent: the saved one, if it is for the same issuer. */
  readonly clientSecret?: string;
}

export interface BeginTest {
  /** Absent: the saved settings. */
  readonly candidate?: ProviderCandidate;
  readonly requestId?: string;
}

/** One claim as it arrived, as text that fits a page. Never a token. */
export interface ReportedClaim {
  readonly name: string;
  readonly value: string;
  readonly from: 'id_token' | 'userinfo';
}

/** What a test sign-in showed, for the admin who made it. */
export interface SignInReport {
  readonly at: number;
  readonly issuer: string;
  /** Made with settings that were not saved. */
  readonly isCandidate: boolean;
  /** Why it would have been refused; absent: the person would be in. */
  readonly problem?: SsoProblem;
  readonly claims: readonly ReportedClaim[];
  /** Where groups were looked for, from the outside in. */
  readonly groupsPath: readonly string[];
  /** Absent when they could not be read. */
  readonly groups?: readonly { readonly name: string; readonly roles: readonly Role[] }[];
  /** What everybody gets. */
  readonly everybody: readonly Role[];
  readonly roles: readonly Role[];
  readonly name?: string;
  /** Only if it would count. */
  readonly email?: string;
}

/** One thing about the provider that is right or wrong. */
export interface ProviderFinding {
  readonly about: 'issuer' | 'endpoints' | 'keys' | 'algorithms' | 'client' | 'clock' | 'redirect URI';
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it, when it is wrong. */
  readonly remedy?: string;
}

export interface SingleSignOn {
  begin(tenant: TenantRecord, request: BeginSignIn): Promise<Result<SignInStarted, SsoProblem>>;
  /** Consumes the attempt whatever comes of it; every outcome that names a person or an attempt of ours is receipted or counted. */
  complete(tenant: TenantRecord, request: CompleteSignIn): Promise<Result<SignInFinished, SsoProblem>>;
  /** A sign-in at the provider that changes nothing: only this session may complete it, and only a report comes of it. */
  beginTest(
    tenant: TenantRecord,
    session: BrowserSession,
    request: BeginTest,
  ): Promise<Result<SignInStarted, SsoProblem>>;
  /** For the session that made it, for as long as an attempt lives. */
  testReport(tenant: TenantRecord, session: BrowserSession, id: string): Promise<SignInReport | undefined>;
  /** What can be known about the provider now, without anybody signing in; for `doctor`. */
  examine(tenant: TenantRecord): Promise<readonly ProviderFinding[]>;
  /** Whether discovery works now, or at a provider that is not saved yet. */
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

export interface SignedOut {
  readonly redirectTo: string;
  readonly setCookies: readonly string[];
}

export interface Sessions {
  /** The live session of this tenant behind the request's cookie. Also records that it was seen. */
  verify(tenant: TenantRecord, readCookie: ReadCookie): Promise<BrowserSession | undefined>;
  /** A fresh token for a page's forms; differs each time, so that compression tells nothing. */
  createCsrfToken(session: BrowserSession): string;
  verifyCsrfToken(session: BrowserSession, token: string): boolean;
  /** Ends it, with a `sign_in` receipt that says so. `redirectTo` is the provider's own sign-out where it has one, else our own last page. */
  signOut(tenant: TenantRecord, session: BrowserSession, ip?: string): Promise<SignedOut>;
  /** The same for every session of this person, on whatever device. Agents keep what they were granted. */
  signOutEverywhere(tenant: TenantRecord, session: BrowserSession, ip?: string): Promise<SignedOut>;
  /** How many sessions a person has now. */
  count(tenant: TenantRecord, person: PersonId): Promise<number>;
  /** Ends every session of a person (an admin act). Returns how many. */
  endAll(tenant: TenantRecord, person: PersonId, actor: Actor): Promise<number>;
  /** Ends every session and every sign-in under way of the tenant, in the caller's transaction; how many sessions. */
  endEvery(tx: TenantTransaction): Promise<number>;
  /** Deletes what has ended. */
  sweep(tenant: TenantRecord): Promise<void>;
}

/** An MCP client as far as OAuth goes, by hand: for the requests that a well-behaved SDK never sends. */
import { createHash, randomBytes } from 'node:crypto';
import { createBrowser, type BrowserPage, type HttpBrowser } from '../../../e2e/fixtures/http-browser.ts';

export interface TokenAnswer {
  readonly status: number;
  readonly text: string;
  readonly body: {
    readonly access_token?: string;
    readonly refresh_token?: string;
    readonly expires_in?: number;
    readonly scope?: string;
    readonly error?: string;
    readonly error_description?: string;
  };
}

export interface AuthorizedCode {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly page: BrowserPage;
}

export interface Issuer {
  readonly canonicalUrl: string;
}

export const LOOPBACK_REDIRECT = 'http://127.0.0.1:8123/callback';

export function newVerifier(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export async function postForm(
  url: string,
  form: Record<string, string> | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', ...headers },
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: text === '' ? {} : (JSON.parse(text) as TokenAnswer['body']),
  };
}

export async function registerClient(
  issuer: Issuer,
  metadata: Record<string, unknown> = {},
): Promise<{ readonly client_id: string; readonly client_secret?: string }> {
  const response = await fetch(`${issuer.canonicalUrl}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Test client',
      redirect_uris: [LOOPBACK_REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      ...metadata,
    }),
  });
  if (response.status !== 201)
    throw new Error(`registration answered ${response.status} ${await response.text()}`);
  return (await response.json()) as { client_id: string };
}

export function authorizationUrl(
  issuer: Issuer,
  parameters: Record<string, string | readonly string[] | undefined>,
): string {
  const url = new URL(`${issuer.canonicalUrl}/oauth/authorize`);
  for (const [name, value] of Object.entries({ response_type: 'code', ...parameters })) {
    for (const each of value === undefined ? [] : [value].flat()) url.searchParams.append(name, each);
  }
  return url.href;
}

/** A browser that stops at clients' redirect URIs. */
export function browserFor(issuer: Issuer): HttpBrowser {
  const own = new URL(issuer.canonicalUrl).host;
  return createBrowser({
    stopAt: (url) => url.host !== own && /[?#&]iss=/.test(url.href),
  });
}

/** From the authorization request to the consent page, through single sign-on where that is needed. */
export async function openConsent(browser: HttpBrowser, url: string, email: string): Promise<BrowserPage> {
  const page = await browser.open(url);
  return page.text.includes('name="email"') ? browser.submit({ email }) : page;
}

export async function authorize(
  issuer: Issuer,
  options: {
    readonly clientId: string;
    readonly resource: string;
    readonly email: string;
    readonly browser?: HttpBrowser;
    readonly redirectUri?: string;
    readonly answer?: Record<string, string>;
  },
): Promise<AuthorizedCode> {
  const { verifier, challenge } = newVerifier();
  const redirectUri = options.redirectUri ?? LOOPBACK_REDIRECT;
  const browser = options.browser ?? browserFor(issuer);
  const url = authorizationUrl(issuer, {
    client_id: options.clientId,
    redirect_uri: redirectUri,
    resource: options.resource,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'the-state',
  });
  const consent = await openConsent(browser, url, options.email);
  const page = consent.url.includes('/consent/')
    ? await browser.submit(options.answer ?? { effect: 'allow' })
    : consent;
  const code = new URL(page.url).searchParams.get('code');
  if (code === null) throw new Error(`no code at ${page.url} (${page.status}): ${page.text.slice(0, 800)}`);
  return { code, verifier, redirectUri, page };
}

export function redeem(
  issuer: Issuer,
  clientId: string,
  { code, verifier, redirectUri }: Pick<AuthorizedCode, 'code' | 'verifier' | 'redirectUri'>,
  extra: Record<string, string> = {},
): Promise<TokenAnswer> {
  return postForm(`${issuer.canonicalUrl}/oauth/token`, {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    ...extra,
  });
}

export function refresh(issuer: Issuer, clientId: string, token: string, extra: Record<string, string> = {}) {
  return postForm(`${issuer.canonicalUrl}/oauth/token`, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: token,
    ...extra,
  });
}

export interface CallAnswer {
  readonly status: number;
  readonly challenge: string;
  readonly body: { readonly mode?: string; readonly grant?: string; readonly version?: string };
}

/** Presents a token at an MCP address. */
export async function call(resource: string, token: string): Promise<CallAnswer> {
  const response = await fetch(resource, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate') ?? '',
    body: text === '' ? {} : (JSON.parse(text) as CallAnswer['body']),
  };
}

/** The refusal of a token whose right was taken away elsewhere: it may take a second to be known, no longer. */
export async function callUntilRefused(resource: string, token: string): Promise<CallAnswer> {
  const end = Date.now() + 1_000;
  for (;;) {
    const answer = await call(resource, token);
    if (answer.status !== 200 || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import type { HttpBrowser } from '../fixtures/http-browser.ts';

export const REDIRECT_URL = 'http://127.0.0.1:8976/callback';

/** What a person does with the pages that an authorization request leads to; returns where the browser was sent in the end. */
export type Person = (authorizationUrl: URL) => Promise<URL>;

/**
 * An agent as the official SDK makes one: it knows an MCP URL and nothing else. Discovery, registration, PKCE, the token
 * request and the MCP session are the SDK's own; only the person in the browser is ours.
 */
export class DemoAgent implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly clientMetadata: OAuthClientMetadata;
  #person: Person;
  #information: OAuthClientInformationMixed | undefined;
  #tokens: OAuthTokens | undefined;
  #verifier = '';
  #callback: URL | undefined;

  constructor(person: Person, redirectUrl: string = REDIRECT_URL, name = 'Demo agent') {
    this.#person = person;
    this.redirectUrl = redirectUrl;
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#information;
  }
  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.#information = information;
  }
  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }
  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  codeVerifier(): string {
    return this.#verifier;
  }
  async redirectToAuthorization(url: URL): Promise<void> {
    this.#callback = await this.#person(url);
  }
  /** The access token at hand, for requests that the SDK would not make. */
  get accessToken(): string {
    return this.#tokens?.access_token ?? '';
  }
  /** A new resource needs a new token; the registration stays. */
  forgetTokens(): void {
    this.#tokens = undefined;
  }

  /** Runs the whole authorization for one MCP URL. Returns the authorization response's URL. */
  async authorize(mcpUrl: string, resourceMetadataUrl: URL | undefined): Promise<URL> {
    const where = { serverUrl: mcpUrl, ...(resourceMetadataUrl ? { resourceMetadataUrl } : {}) };
    if ((await auth(this, where)) !== 'REDIRECT') throw new Error('no person was asked');
    const callback = this.#callback;
    const code = callback?.searchParams.get('code');
    if (callback === undefined || !code) throw new Error(`no code came back: ${callback?.href ?? 'nothing'}`);
    if ((await auth(this, { ...where, authorizationCode: code })) !== 'AUTHORIZED')
      throw new Error('the code was refused');
    return callback;
  }

  /** An MCP session of the SDK's client with the token at hand. */
  async connect(mcpUrl: string): Promise<McpSession> {
    return openSession(mcpUrl, this.#tokens?.access_token ?? '');
  }
}

export interface McpSession {
  readonly client: Client;
  close(): Promise<void>;
}

/** The SDK's client over streamable HTTP with a bearer token. */
export async function openSession(mcpUrl: string, accessToken: string): Promise<McpSession> {
  const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), {
    requestInit: { headers: { authorization: `Bearer ${accessToken}` } },
  });
  const client = new Client({ name: 'demo-agent', version: '1.0.0' });
  // The SDK's transport class declares optional members that exactOptionalPropertyTypes reads more strictly.
  await client.connect(transport as unknown as Parameters<Client['connect']>[0]);
  return {
    client,
    close: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
}

/** A person who signs in as `email` where asked, and allows what the consent page shows. */
export function consentingPerson(browser: HttpBrowser, email: string, see: (page: string) => void): Person {
  return async (authorizationUrl) => {
    let page = await browser.open(authorizationUrl.href);
    if (page.text.includes('name="email"')) page = await browser.submit({ email });
    see(page.text);
    const answered = await browser.submit({ effect: 'allow' });
    return new URL(answered.url);
  };
}

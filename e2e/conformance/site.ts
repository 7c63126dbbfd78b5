/**
 * A Countersign with every control on, and a tenant whose people and their agents may use everything: what the suite, and
 * clients of others, are sent to.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { authorize, openConsent, redeem, registerClient } from '../../lib/oauth/testing/drive-client.ts';
import { createBrowser, type HttpBrowser } from '../fixtures/http-browser.ts';
import { startIdentityProvider } from '../fixtures/identity-provider.ts';
import { type InstanceOptions, startInstance } from '../harness/start-instance.ts';

export interface Site {
  readonly canonicalUrl: string;
  /** The MCP URL of a server of the tenant. */
  resource(server: string): string;
  /** An access token for that server, of an agent that Alice has let in. */
  token(server: string): Promise<string>;
  /** Alice's way through the pages that an authorization request leads to; where she ends is followed. */
  letIn(authorizationUrl: string): Promise<string>;
  stop(): Promise<void>;
}

/** The suite leaves calls behind that wait for answers which nobody will give: the end does not wait for them. */
const SOON = { DRAIN_MS: '500' };
/** Who the agents act for. */
export const USER = 'alice@acme.example';
const SLUG = 'conformance';
const CLIENT_ID = 'countersign';
const SECRET = 'the-secret-of-countersign-at-its-provider';

/** `servers`: the MCP servers of the tenant, by id. */
export async function startSite(
  servers: Readonly<Record<string, string>>,
  options: InstanceOptions = {},
): Promise<Site> {
  const instance = await startInstance({ ...options, env: { ...SOON, ...options.env } });
  const canonicalUrl = instance.canonicalUrl(SLUG);
  const stops = [() => instance.stop()];
  const stop = async () => {
    for (const each of stops.splice(0)) await each();
  };
  try {
    const provider = await startIdentityProvider({
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: SECRET,
          redirect_uris: [`${canonicalUrl}/sso/callback`],
          post_logout_redirect_uris: [canonicalUrl],
        },
      ],
    });
    stops.push(() => provider.stop());
    const file = join(instance.dataDir, 'conformance.tenant.yaml');
    await writeFile(file, tenantFile(provider.issuer, servers));
    const applied = await instance.countersign(['apply', '-f', file], { COUNTERSIGN_SECRET_IDP: SECRET });
    if (applied.code !== 0) throw new Error(`the tenant was not applied:\n${applied.stderr}`);
    const resource = (server: string) => `${canonicalUrl}/mcp/${server}`;
    return {
      canonicalUrl,
      resource,
      token: (server) => tokenFor({ canonicalUrl }, USER, resource(server)),
      letIn: (url) => letIn({ canonicalUrl }, url),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A newly registered client that this person let act for them, up to its access token. */
export async function tokenFor(
  issuer: { readonly canonicalUrl: string },
  email: string,
  resource: string,
  browser?: HttpBrowser,
): Promise<string> {
  const { client_id: clientId } = await registerClient(issuer);
  const authorized = await authorize(issuer, { clientId, resource, email, ...(browser ? { browser } : {}) });
  const { body, text } = await redeem(issuer, clientId, authorized, { resource });
  if (!body.access_token) throw new Error(`no token: ${text}`);
  return body.access_token;
}

async function letIn(issuer: { readonly canonicalUrl: string }, url: string): Promise<string> {
  const browser = createBrowser();
  const consent = await openConsent(browser, url, USER);
  if (!consent.url.includes('/consent/'))
    throw new Error(`no question at ${consent.url} of ${issuer.canonicalUrl}`);
  return (await browser.submit({ effect: 'allow' })).url;
}

function tenantFile(issuer: string, servers: Readonly<Record<string, string>>): string {
  return stringify({
    tenant: { slug: SLUG, display_name: 'Conformance' },
    admission: 'open',
    identity_provider: {
      issuer,
      client_id: CLIENT_ID,
      client_secret: 'env:COUNTERSIGN_SECRET_IDP',
      scopes: ['profile', 'email', 'groups'],
    },
    roles: { '*': ['member'], admins: ['admin'] },
    servers: Object.entries(servers).map(([id, url]) => ({
      id,
      title: id,
      url,
      credential: { user: 'minted', agent: 'minted' },
      timeout_seconds: 20,
    })),
    policies: {
      people: 'permit (principal is User, action, resource);',
      'agents-for-users': 'permit (principal is Agent, action, resource) when { context.mode == "user" };',
    },
  });
}

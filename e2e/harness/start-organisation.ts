/** A tenant as its admin sets it up: an OpenID Provider, an MCP server that checks every token, and a tenant file. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { authorize, postForm, redeem, registerClient } from '../../lib/oauth/testing/drive-client.ts';
import { createBrowser, type HttpBrowser } from '../fixtures/http-browser.ts';
import { type IdentityProviderFixture, startIdentityProvider } from '../fixtures/identity-provider.ts';
import { type LedgerFixture, startLedgerServer } from '../fixtures/ledger-server.ts';
import type { Instance } from './start-instance.ts';

export const LEDGER_POLICIES = policiesFor('ledger');

/** Engineers may do everything at this server, their agents for them too, and `nightly-report` may report. */
function policiesFor(server: string): Readonly<Record<string, string>> {
  return {
    'agents-for-users': 'permit (principal is Agent, action, resource) when { context.mode == "user" };',
    engineering: `permit (principal in Group::"engineering", action, resource in Server::"${server}");`,
    'nightly-report': `permit (
      principal == Agent::"nightly-report",
      action == Action::"tools/call",
      resource == Tool::"${server}/service_report"
    );`,
  };
}

export interface OrganisationOptions {
  readonly slug: string;
  readonly policies?: Readonly<Record<string, string>>;
  readonly demo?: boolean;
  /** What its server is registered as; `ledger` without it. */
  readonly serverId?: string;
  /** Tools of its server whose calls go without an attempt. */
  readonly withoutAttempt?: readonly string[];
}

export interface UserTokens {
  readonly clientId: string;
  readonly access: string;
  readonly refresh: string;
  readonly code: string;
}

export interface Organisation {
  readonly slug: string;
  readonly canonicalUrl: string;
  /** The MCP URL of its one server. */
  readonly resource: string;
  readonly provider: IdentityProviderFixture;
  readonly ledger: LedgerFixture;
  readonly secrets: { readonly identityProvider: string; readonly agent: string };
  /** Applies its tenant file, as it is or with other policies. Returns what was printed. */
  apply(policies?: Readonly<Record<string, string>>): Promise<string>;
  /** A browser with a session of this person. */
  signIn(email: string): Promise<HttpBrowser>;
  /** A dynamically registered client that this person let act for them. */
  userTokens(email: string, browser?: HttpBrowser): Promise<UserTokens>;
  /** An access token of `nightly-report`, which has no person. */
  agentToken(): Promise<string>;
  stop(): Promise<void>;
}

const CLIENT_ID = 'countersign';

/** Starts the organisation's own servers and applies its tenant file to the instance. */
export async function startOrganisation(
  instance: Instance,
  options: OrganisationOptions,
): Promise<Organisation> {
  const { slug, serverId = 'ledger' } = options;
  const canonicalUrl = instance.canonicalUrl(slug);
  const secrets = { identityProvider: newSecret(), agent: newSecret() };
  const provider = await startIdentityProvider({
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: secrets.identityProvider,
        redirect_uris: [`${canonicalUrl}/sso/callback`],
        post_logout_redirect_uris: [canonicalUrl],
      },
    ],
  });
  const ledger = await startLedgerServer({ mintIssuer: `${canonicalUrl}/mint` });
  const resource = `${canonicalUrl}/mcp/${serverId}`;
  const signIn = async (email: string) => {
    const browser = createBrowser({ stopAt: (url) => /[?#&]iss=/.test(url.href) && url.port === '8123' });
    await browser.open(`${canonicalUrl}/connections`);
    const page = await browser.submit({ email });
    if (page.status !== 200) throw new Error(`${email} is not signed in: ${page.status} ${page.text}`);
    return browser;
  };
  const organisation: Organisation = {
    slug,
    canonicalUrl,
    resource,
    provider,
    ledger,
    secrets,
    apply: async (policies) => {
      const file = join(instance.dataDir, `${slug}.tenant.yaml`);
      await writeFile(file, tenantFile({ ...options, ...(policies ? { policies } : {}) }, provider, ledger));
      const applied = await instance.countersign(['apply', '-f', file], {
        COUNTERSIGN_SECRET_IDP: secrets.identityProvider,
        COUNTERSIGN_SECRET_AGENT: secrets.agent,
      });
      if (applied.code !== 0) throw new Error(`${slug} was not applied:\n${applied.stderr}`);
      return applied.stdout;
    },
    signIn,
    userTokens: async (email, browser) => {
      const { client_id: clientId } = await registerClient({ canonicalUrl });
      const visitor = browser ?? (await signIn(email));
      const authorized = await authorize({ canonicalUrl }, { clientId, resource, email, browser: visitor });
      const { body, text } = await redeem({ canonicalUrl }, clientId, authorized, { resource });
      if (!body.access_token || !body.refresh_token) throw new Error(`no tokens: ${text}`);
      return { clientId, access: body.access_token, refresh: body.refresh_token, code: authorized.code };
    },
    agentToken: async () => {
      const basic = Buffer.from(`nightly-report:${secrets.agent}`).toString('base64');
      const { body, text } = await postForm(
        `${canonicalUrl}/oauth/token`,
        { grant_type: 'client_credentials', resource },
        { authorization: `Basic ${basic}` },
      );
      if (!body.access_token) throw new Error(`no token for the agent: ${text}`);
      return body.access_token;
    },
    stop: async () => {
      await ledger.stop();
      await provider.stop();
    },
  };
  try {
    await organisation.apply();
  } catch (error) {
    await organisation.stop();
    throw error;
  }
  return organisation;
}

function newSecret(): string {
  return `canary-${randomBytes(24).toString('base64url')}`;
}

function tenantFile(
  {
    slug,
    serverId = 'ledger',
    policies = policiesFor(serverId),
    demo = false,
    withoutAttempt = [],
  }: OrganisationOptions,
  provider: IdentityProviderFixture,
  ledger: LedgerFixture,
): string {
  return stringify({
    tenant: { slug, display_name: `Organisation ${slug}`, demo },
    admission: 'open',
    identity_provider: {
      issuer: provider.issuer,
      client_id: CLIENT_ID,
      client_secret: 'env:COUNTERSIGN_SECRET_IDP',
      scopes: ['profile', 'email', 'groups'],
    },
    roles: { '*': ['member'], auditor: ['auditor'], admins: ['admin'] },
    servers: [
      {
        id: serverId,
        title: `Ledger of ${slug}`,
        url: ledger.url,
        credential: { user: 'minted', agent: 'minted' },
        email: true,
        ...(withoutAttempt.length === 0 ? {} : { without_attempt: withoutAttempt }),
      },
    ],
    policies,
    agents: [
      {
        client_id: 'nightly-report',
        name: `Nightly report of ${slug}`,
        secret: 'env:COUNTERSIGN_SECRET_AGENT',
        grant_types: ['client_credentials'],
      },
    ],
  });
}

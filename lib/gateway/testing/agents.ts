import type { ClientId, JsonObject, ServerId } from '#lib/core';
import type { Database } from '#lib/db';
import type { TenantRecord } from '#lib/identity';
import { OPERATOR, SLUG } from '../../oauth/testing/acme.ts';
import { authorize, postForm, redeem, registerClient } from '../../oauth/testing/drive-client.ts';
import { RawSession } from './mcp-client.ts';
import type { Modules } from './modules.ts';
import { StatelessClient } from './stateless-client.ts';

/** Agents of the tenant: with tokens from its own OAuth. */
export interface Agents {
  resource(server: string): string;
  /** An access token for a person through a client of their own, or through the one that another token was given to. */
  userToken(server: string, email: string, sharedWith?: string): Promise<string>;
  /** An access token for an agent without a person. */
  agentToken(server: string): Promise<string>;
  /** A session of an agent without a person. */
  open(server: string, capabilities?: JsonObject): Promise<RawSession>;
  /** A session of an agent for a person. */
  openFor(email: string, server: string, capabilities?: JsonObject): Promise<RawSession>;
  /** The same in the stateless era. */
  stateless(server: string): Promise<StatelessClient>;
  statelessFor(email: string, server: string): Promise<StatelessClient>;
  /** Ends every grant of a person. */
  revokePerson(email: string): Promise<void>;
}

export function createAgents(
  { addresses, identity, oauth }: Pick<Modules, 'addresses' | 'identity' | 'oauth'>,
  database: Database,
  tenant: TenantRecord,
): Agents {
  let count = 0;
  const resource = (server: string) => addresses.resourceUrl(SLUG, server as ServerId);
  const agents: Agents = {
    resource,
    async userToken(server, email, sharedWith) {
      const clientId =
        sharedWith === undefined ? (await registerClient(tenant)).client_id : clientOf(sharedWith);
      const code = await authorize(tenant, { clientId, resource: resource(server), email });
      return tokenIn(await redeem(tenant, clientId, code));
    },
    async agentToken(server) {
      count += 1;
      const clientId = `nightly-${count}` as ClientId;
      const clientSecret = `the-secret-of-nightly-${count}-is-long-enough`;
      const draft = { clientId, name: 'Nightly job', metadata: NIGHTLY, secret: clientSecret };
      await database
        .tenantDb(tenant.id)
        .transaction((tx) => identity.agents.saveListed(tx, tenant, draft, OPERATOR));
      const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
      const form = { grant_type: 'client_credentials', resource: resource(server) };
      return tokenIn(
        await postForm(`${tenant.canonicalUrl}/oauth/token`, form, { authorization: `Basic ${basic}` }),
      );
    },
    open: async (server, capabilities) =>
      await RawSession.open(resource(server), await agents.agentToken(server), capabilities),
    openFor: async (email, server, capabilities) =>
      await RawSession.open(resource(server), await agents.userToken(server, email), capabilities),
    stateless: async (server) => new StatelessClient(resource(server), await agents.agentToken(server)),
    statelessFor: async (email, server) =>
      new StatelessClient(resource(server), await agents.userToken(server, email)),
    async revokePerson(email) {
      const found = await identity.people.find(tenant, { email });
      if (found === undefined) throw new Error(`${email} never signed in`);
      await oauth.grants.revoke(tenant.id, { person: found.person.id }, { reason: 'admin', actor: OPERATOR });
    },
  };
  return agents;
}

const NIGHTLY = {
  client_name: 'Nightly job',
  redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
  application_type: 'web',
  token_endpoint_auth_method: 'client_secret_basic',
};

function clientOf(token: string): string {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return (claims as { readonly client_id: string }).client_id;
}

function tokenIn(answer: {
  readonly body: { readonly access_token?: string };
  readonly text: string;
}): string {
  if (answer.body.access_token === undefined) throw new Error(`no token: ${answer.text}`);
  return answer.body.access_token;
}

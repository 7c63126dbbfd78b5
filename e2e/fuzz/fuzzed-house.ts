/** An instance with one tenant, one server behind it that answers as the fuzzer says, and two people's agents in front. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RawSession, send } from '../../lib/gateway/testing/mcp-client.ts';
import { authorize, redeem, registerClient } from '../../lib/oauth/testing/drive-client.ts';
import { startIdentityProvider } from '../fixtures/identity-provider.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type AnsweringUpstream, startAnsweringUpstream } from './answering-upstream.ts';
import type { Identity } from './raw-request.ts';

const SLUG = 'fuzzed';
/** By the era of what stands behind them. */
const SERVERS = ['session', 'stateless', 'sse', 'opening'] as const;
const CLIENT_ID = 'countersign';
const IDP_SECRET = 'COUNTERSIGN_SECRET_FUZZ_IDP';
/** What the upstream has before a call is given up: short, for some answers never end. */
const UPSTREAM_TIMEOUT_SECONDS = 1;

const IDENTITIES_MS = 5 * 60_000;

/** At the servers that answer calls as the fuzzer says, and at the one that does so while it is opened. */
export interface Identities {
  readonly servers: readonly [Identity, Identity];
  readonly sse: Identity;
  readonly opening: Identity;
}

export interface FuzzedHouse {
  readonly instance: Instance;
  readonly upstream: AnsweringUpstream;
  /** Tokens are good for ten minutes: new ones from time to time. */
  identities(): Promise<Identities>;
  stop(): Promise<void>;
}

export async function startFuzzedHouse(): Promise<FuzzedHouse> {
  const secret = randomBytes(24).toString('base64url');
  const instance = await startInstance({ env: { LOG_LEVEL: 'warn' } });
  const canonicalUrl = instance.canonicalUrl(SLUG);
  const provider = await startIdentityProvider({
    clients: [
      { client_id: CLIENT_ID, client_secret: secret, redirect_uris: [`${canonicalUrl}/sso/callback`] },
    ],
  });
  const upstream = await startAnsweringUpstream();
  const stop = async () => {
    await instance.stop();
    await upstream.stop();
    await provider.stop();
  };
  try {
    const file = join(instance.dataDir, 'fuzzed.tenant.yaml');
    await writeFile(file, tenantFile(provider.issuer, upstream));
    const applied = await instance.countersign(['apply', '-f', file], { [IDP_SECRET]: secret });
    if (applied.code !== 0) throw new Error(`the tenant was not applied:\n${applied.stderr}`);
  } catch (error) {
    await stop();
    throw error;
  }
  const tokenOf = async (resource: string, email: string) => {
    const { client_id: clientId } = await registerClient({ canonicalUrl });
    const code = await authorize({ canonicalUrl }, { clientId, resource, email });
    const { body, text } = await redeem({ canonicalUrl }, clientId, code, { resource });
    if (body.access_token === undefined) throw new Error(`no token for ${email}: ${text}`);
    return body.access_token;
  };
  let known: { readonly identities: Identities; readonly since: number } | undefined;
  return {
    instance,
    upstream,
    identities: async () => {
      if (known === undefined || Date.now() - known.since > IDENTITIES_MS)
        known = { identities: await allIdentities(), since: Date.now() };
      return known.identities;
    },
    stop,
  };

  async function allIdentities(): Promise<Identities> {
    upstream.clearAway();
    const [session, stateless, sse, opening] = await Promise.all([
      partlyAt('session'),
      partlyAt('stateless'),
      partlyAt('sse'),
      partlyAt('opening'),
    ]);
    const beside = (one: PartlyIdentity, other: PartlyIdentity): Identity => ({
      ...one,
      otherToken: other.token,
      otherSession: other.session,
    });
    return {
      servers: [beside(session, stateless), beside(stateless, session)],
      sse: beside(sse, session),
      opening: beside(opening, session),
    };
  }

  async function partlyAt(server: (typeof SERVERS)[number]): Promise<PartlyIdentity> {
    const resource = `${canonicalUrl}/mcp/${server}`;
    const token = await tokenOf(resource, 'alice@acme.example');
    const foreignToken = await tokenOf(resource, 'bob@acme.example');
    const ended = await RawSession.open(resource, token);
    await send(resource, '', ended.headers, 'DELETE');
    return {
      host: `localhost:${instance.port}`,
      path: new URL(resource).pathname,
      token,
      session: idOf(await RawSession.open(resource, token)),
      foreignToken,
      foreignSession: idOf(await RawSession.open(resource, foreignToken)),
      endedSession: idOf(ended),
    };
  }
}

type PartlyIdentity = Omit<Identity, 'otherToken' | 'otherSession'>;

function idOf({ headers }: RawSession): string {
  return headers['mcp-session-id'] ?? '';
}

/** JSON is YAML too. */
function tenantFile(issuer: string, { urls }: AnsweringUpstream): string {
  return JSON.stringify({
    tenant: { slug: SLUG, display_name: 'Fuzzed', demo: false },
    admission: 'open',
    identity_provider: {
      issuer,
      client_id: CLIENT_ID,
      client_secret: `env:${IDP_SECRET}`,
      scopes: ['profile', 'email', 'groups'],
    },
    roles: { '*': ['member'] },
    servers: SERVERS.map((id) => ({
      id,
      title: `Target ${id}`,
      url: urls[id],
      credential: { user: 'minted', agent: 'minted' },
      timeout_seconds: UPSTREAM_TIMEOUT_SECONDS,
    })),
    policies: { everything: 'permit (principal, action, resource);' },
  });
}

import { browserFor, authorize, redeem, refresh, registerClient } from '../lib/oauth/testing/drive-client.ts';
import type { DemoPerson } from '../e2e/fixtures/identity-provider.ts';
import { callText, headersOf, openSession } from './agent-access.ts';
import { eachOf } from './in-turn.ts';
import type { OpenLoopClient } from './open-loop-types.ts';
import type { BenchStack } from './start-stack.ts';

/** Sign-ins at a time: each is mostly pages, and the process that serves them has one thread. */
const SIGN_INS_AT_ONCE = 4;
const REFUSED_PAUSE_MS = 2_000;

/** One person's agent at one server: a grant, a token and an MCP session of its own. */
export interface Member {
  readonly resource: string;
  readonly session: string;
  accessToken: string;
  refreshToken: string;
}

export interface Crowd {
  readonly members: readonly Member[];
  /** What they send, past the name that their address has: to the process itself. */
  clients(): readonly OpenLoopClient[];
  /** New tokens for some of them; they are told in the order of `members`. */
  renew(which: readonly number[]): Promise<readonly { client: number; authorization: string }[]>;
}

/** People for the identity provider, all engineers. */
export function crowdOf(count: number): readonly DemoPerson[] {
  return Array.from({ length: count }, (_, index) => ({
    subject: `bench|${index}`,
    email: emailOf(index),
    name: `Engineer ${index}`,
    groups: ['engineering'],
    emailVerified: true,
  }));
}

function emailOf(index: number): string {
  return `engineer-${index}@acme.example`;
}

/**
 * Lets one agent, registered once as a hosted one is, act for many people. Each signs in through SSO in a browser of
 * their own and allows it at each of their servers.
 */
export async function gatherCrowd(
  { instance }: BenchStack,
  people: number,
  serversOf: (person: number) => readonly string[],
): Promise<Crowd> {
  const issuer = { canonicalUrl: instance.url };
  const { client_id: clientId } = await registerClient(issuer, { client_name: 'Hosted agent' });
  const letIn = async (person: number): Promise<readonly Member[]> => {
    const browser = browserFor(issuer);
    const members: Member[] = [];
    for (const server of serversOf(person)) {
      const resource = `${instance.url}/mcp/${server}`;
      const wanted = { clientId, resource, email: emailOf(person), browser };
      const code = await patiently(async () => await authorize(issuer, wanted));
      const tokens = tokensIn(await redeem(issuer, clientId, code, { resource }));
      members.push({ ...tokens, resource, session: await openSession(resource, tokens.accessToken) });
    }
    return members;
  };
  const everybody = Array.from({ length: people }, (_, person) => person);
  const members = (await eachOf(everybody, SIGN_INS_AT_ONCE, letIn)).flat();
  const { host, origin } = new URL(instance.url);
  return {
    members,
    clients: () =>
      members.map(({ resource, accessToken, session }, index) => ({
        url: resource.replace(origin, origin.replace('//localhost', '//127.0.0.1')),
        headers: { ...headersOf(accessToken, session), host },
        body: callText(index + 1),
      })),
    renew: async (which) =>
      await eachOf(which, SIGN_INS_AT_ONCE, async (client) => {
        const member = members[client];
        if (member === undefined) throw new Error(`there is no member ${client}`);
        const { resource, refreshToken } = member;
        Object.assign(member, tokensIn(await refresh(issuer, clientId, refreshToken, { resource })));
        return { client, authorization: `Bearer ${member.accessToken}` };
      }),
  };
}

/** All of them come from one address, of which only so many may begin in a minute: whoever is told to wait, waits. */
async function patiently<Result>(begin: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('too-many-requests'))) throw error;
      await new Promise((resolve) => setTimeout(resolve, REFUSED_PAUSE_MS));
    }
  }
}

function tokensIn({ status, text, body }: Awaited<ReturnType<typeof redeem>>) {
  const { access_token: accessToken, refresh_token: refreshToken } = body;
  if (accessToken === undefined || refreshToken === undefined)
    throw new Error(`no tokens were issued: ${status} ${text}`);
  return { accessToken, refreshToken };
}

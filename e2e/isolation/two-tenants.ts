/** Two tenants in one instance, each with everything a tenant can have, and the ids of all of it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { RawSession, stampOf } from '../../lib/gateway/testing/mcp-client.ts';
import {
  authorizationUrl,
  browserFor,
  newVerifier,
  registerClient,
} from '../../lib/oauth/testing/drive-client.ts';
import type { HttpBrowser } from '../fixtures/http-browser.ts';
import type { Instance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation, type UserTokens } from '../harness/start-organisation.ts';

/** Whatever names something of a tenant. Of two sets, one names what exists and the other nothing. */
export interface Ids {
  readonly receipt: string;
  /** A receipt whose bodies the archive holds. */
  readonly call: string;
  readonly log: string;
  /** Of the receipt key in force. */
  readonly key: string;
  readonly cursor: string;
  readonly server: string;
  readonly client: string;
  readonly person: string;
  readonly mcpSession: string;
  readonly refresh: string;
  readonly access: string;
  /** A code that nobody redeemed yet, and the client it was given to. */
  readonly code: string;
  readonly codeClient: string;
  readonly verifier: string;
  readonly interaction: string;
  /** Cookies of the interaction, which belong to its browser. */
  readonly interactionCookies: string;
  readonly signInState: string;
  readonly signInCookies: string;
}

export interface Tenant {
  readonly organisation: Organisation;
  /** An admin of it, signed in. */
  readonly browser: HttpBrowser;
  readonly csrf: string;
  readonly tokens: UserTokens;
  readonly session: RawSession;
  readonly ids: Ids;
  /** Texts that stand in its data alone and must never come out elsewhere. */
  readonly markers: readonly string[];
}

/** Sets a tenant up and lets an admin of it, and an agent of theirs, do everything once. */
export async function furnishTenant(instance: Instance, slug: string, email: string): Promise<Tenant> {
  const server = `ledger-${slug}`;
  const organisation = await startOrganisation(instance, { slug, serverId: server });
  const { canonicalUrl, resource } = organisation;
  const browser = await organisation.signIn(email);
  const tokens = await organisation.userTokens(email, browser);
  const session = await RawSession.open(resource, tokens.access);
  const account = `account-${randomBytes(6).toString('hex')}`;
  const call = await session.call('post_entry', { account, amount: 1, environment: 'dev' });
  const list = await getJson<{ receipts: { id: string }[]; next?: string }>(
    browser,
    `${canonicalUrl}/api/v1/receipts?limit=2`,
  );
  const view = await getJson<{ payload: { log: { id: string } } }>(
    browser,
    `${canonicalUrl}/api/v1/receipts/${stampOf(call.body).id}`,
  );
  const visitor = await getJson<{ person: { reference: string }; csrf_token: string }>(
    browser,
    `${canonicalUrl}/api/v1/session`,
  );
  const { signing } = await getJson<{ signing: { purpose: string; kid: string; state: string }[] }>(
    browser,
    `${canonicalUrl}/api/v1/keys`,
  );
  const pending = await openInteraction(organisation, browser);
  const started = await fetch(`${canonicalUrl}/sso/start`, { redirect: 'manual' });
  const ids: Ids = {
    receipt: list.receipts[1]?.id ?? '',
    call: stampOf(call.body).id,
    log: view.payload.log.id,
    key: signing.find(({ purpose, state }) => purpose === 'receipt' && state === 'active')?.kid ?? '',
    cursor: list.next ?? '',
    server,
    client: tokens.clientId,
    person: visitor.person.reference,
    mcpSession: session.headers['mcp-session-id'] ?? '',
    refresh: tokens.refresh,
    access: tokens.access,
    ...pending,
    signInState: new URL(started.headers.get('location') ?? '').searchParams.get('state') ?? '',
    signInCookies: cookiesOf(started),
  };
  const markers = [account, ids.person, ids.call, ids.receipt, ids.client, server, `Ledger of ${slug}`];
  return { organisation, browser, csrf: visitor.csrf_token, tokens, session, ids, markers };
}

/** A code nobody redeemed yet, good for a minute, and a consent page that nobody answered yet. */
export async function openInteraction(
  { canonicalUrl, resource }: Pick<Organisation, 'canonicalUrl' | 'resource'>,
  browser: HttpBrowser,
): Promise<Pick<Ids, 'code' | 'codeClient' | 'verifier' | 'interaction' | 'interactionCookies'>> {
  const { client_id: client } = await registerClient({ canonicalUrl });
  const { verifier, challenge } = newVerifier();
  const url = authorizationUrl(
    { canonicalUrl },
    {
      client_id: client,
      redirect_uri: 'http://127.0.0.1:8123/callback',
      resource,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state: 's',
    },
  );
  await browser.open(url);
  const answered = await browser.submit({ effect: 'allow' });
  const code = new URL(answered.url).searchParams.get('code') ?? '';
  const second = browserFor({ canonicalUrl });
  const own = browser.cookies(canonicalUrl);
  for (const pair of own.split('; '))
    second.setCookie(canonicalUrl, `${pair}; Path=${new URL(canonicalUrl).pathname}`);
  const page = await second.open(url);
  const interaction = /\/consent\/([^/?#]+)/.exec(page.url)?.[1] ?? '';
  const interactionCookies = second
    .cookies(page.url)
    .split('; ')
    .filter((pair) => !own.includes(pair));
  return {
    code,
    codeClient: client,
    verifier,
    interaction,
    interactionCookies: interactionCookies.join('; '),
  };
}

async function getJson<T>(browser: HttpBrowser, url: string): Promise<T> {
  const response = await fetch(url, { headers: { cookie: browser.cookies(url) } });
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

/** Ids of the right form that name nothing anywhere. */
export function idsOfNothing(like: Ids): Ids {
  const scramble = (text: string) => {
    const bytes = randomBytes(text.length).toString('base64url').slice(0, text.length);
    return [...text]
      .map((letter, index) => (/[A-Za-z0-9]/.test(letter) ? (bytes[index] ?? 'x') : letter))
      .join('')
      .replaceAll(/[_-]{2,}/g, 'xx');
  };
  const log = randomBytes(like.log.length / 2).toString('hex');
  const uuid = () => randomUUID().replace(/^.{14}./, '01a1fbff-0f39-7');
  return {
    ...(Object.fromEntries(
      Object.entries(like).map(([name, value]) => [name, scramble(value as string)]),
    ) as unknown as Ids),
    receipt: uuid(),
    call: uuid(),
    log,
    server: 'ledger-nowhere',
    cursor: like.cursor.replace(like.log, log),
    interactionCookies: like.interactionCookies.replaceAll(
      /=[^;]+/g,
      `=${randomBytes(16).toString('base64url')}`,
    ),
    signInCookies: like.signInCookies.replaceAll(/=[^;]+/g, `=${randomBytes(16).toString('base64url')}`),
  };
}

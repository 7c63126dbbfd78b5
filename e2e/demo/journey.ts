import { createHash } from 'node:crypto';
import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createBrowser } from '../fixtures/http-browser.ts';
import { consentingPerson, DemoAgent, type McpSession, openSession, REDIRECT_URL } from './agent.ts';
import { showEvidence } from './evidence.ts';
import type { Journey, JourneyResult } from './journey-types.ts';
import { expectThat, type Narrator } from './narrator.ts';
import type { DemoStack } from './stack.ts';

type ToolAnswer = Awaited<ReturnType<McpSession['client']['callTool']>>;

/** The main job, step by step, on the running stack. Throws `StepFailed` at the first step that fails. */
export async function runJourney(stack: DemoStack, narrator: Narrator, result: JourneyResult): Promise<void> {
  const alice = createBrowser({ stopAt: (url) => url.href.startsWith(REDIRECT_URL) });
  let consentPage = '';
  const agent = new DemoAgent(consentingPerson(alice, 'alice@acme.example', (page) => (consentPage = page)));
  const journey: Journey = {
    stack,
    narrator,
    result,
    startedSeconds: Math.floor(Date.now() / 1000),
    alice,
    agent,
    everythingUrl: `${stack.canonicalUrl}/mcp/everything`,
    ledgerUrl: `${stack.canonicalUrl}/mcp/ledger`,
  };
  await showTenant(journey);
  await authorize(journey, () => consentPage);
  await callEverything(journey);
  await callLedger(journey);
  await denials(journey);
  await agentMode(journey);
  await disconnect(journey);
  await showEvidence(journey);
}

async function showTenant({ stack, narrator }: Journey): Promise<void> {
  await narrator.step('tenant', 'The tenant acme exists, with an OpenID Provider of its own', async (say) => {
    const discovery = await fetch(`${stack.identityProvider}/.well-known/openid-configuration`);
    const { issuer } = (await discovery.json()) as { issuer: string };
    expectThat(issuer === stack.identityProvider, 'the identity provider answers with its own issuer');
    say(`identity provider: ${issuer} (demo; known to Countersign by issuer, client id and secret only)`);
    say(stack.applied.trim());
  });
}

async function authorize(
  { narrator, agent, everythingUrl }: Journey,
  consentPage: () => string,
): Promise<void> {
  await narrator.step('authorize', 'An agent that knows only an MCP URL is let in by Alice', async (say) => {
    const refused = await fetch(everythingUrl, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    const challenge = refused.headers.get('www-authenticate') ?? '';
    expectThat(
      refused.status === 401 && challenge.includes('resource_metadata='),
      'a call without a token is 401 with resource_metadata',
    );
    say(`POST ${everythingUrl} without a token: 401\nWWW-Authenticate: ${challenge}`);
    const { resourceMetadataUrl } = extractWWWAuthenticateParams(refused);
    const callback = await agent.authorize(everythingUrl, resourceMetadataUrl);
    expectThat(callback.searchParams.get('iss') !== null, 'the authorization response names its issuer');
    expectThat(
      /Demo agent/.test(consentPage()) && /127\.0\.0\.1/.test(consentPage()),
      'the consent page shows client and redirect host',
    );
    say(
      'The SDK found the authorization server, registered, and sent Alice to sign in (OIDC) and to consent.',
    );
    say(
      `authorization response from ${callback.searchParams.get('iss')} (code, state and iss in ${callback.pathname})`,
    );
    say(describeToken(agent.tokens()?.access_token ?? ''));
  });
}

async function callEverything({ narrator, agent, everythingUrl }: Journey): Promise<void> {
  await narrator.step(
    'mcp',
    'The agent opens an MCP session with a server that we did not write',
    async (say) => {
      const session = await agent.connect(everythingUrl);
      const { tools } = await session.client.listTools();
      expectThat(
        tools.some(({ name }) => name === 'echo'),
        'the list holds the tool echo',
      );
      say(`tools that policy shows Alice: ${tools.map(({ name }) => name).join(', ')}`);
      const answer = await session.client.callTool({ name: 'echo', arguments: { message: 'hello' } });
      expectThat(textOf(answer).includes('hello'), 'echo answers');
      say(`echo: ${textOf(answer)}\nreceipt: ${JSON.stringify(answer._meta?.['dev.countersign/receipt'])}`);
      await session.close();
    },
  );
}

async function callLedger(journey: Journey): Promise<void> {
  const { stack, narrator, agent, ledgerUrl } = journey;
  await narrator.step('minted', 'A second server gets a credential minted for this one call', async (say) => {
    const first = agent.tokens()?.access_token ?? '';
    agent.forgetTokens();
    await agent.authorize(ledgerUrl, undefined);
    const second = agent.tokens()?.access_token ?? '';
    expectThat(first !== second, 'each resource has a token of its own');
    expectThat(
      (await callWith(ledgerUrl, first)).status === 401,
      "the first server's token is refused at the second",
    );
    say(
      'One token per resource: the one for everything is refused here (401). Alice did not have to sign in again.',
    );
    journey.ledger = await agent.connect(ledgerUrl);
    const args = { account: 'travel', amount: 12, environment: 'staging' };
    const answer = await journey.ledger.client.callTool({ name: 'post_entry', arguments: args });
    const { saw } = answer.structuredContent as { saw: Record<string, unknown> };
    say(`the ledger saw: ${JSON.stringify(saw)}`);
    const minted = stack.ledger.journal.at(-1)?.token ?? '';
    expectThat(
      saw['act'] === agentClientId(agent) && saw['email'] === 'alice@acme.example',
      'the token names Alice and her agent',
    );
    expectThat(
      saw['tool'] === 'post_entry' && saw['argsSha256'] === hashOf(args),
      'it is for this tool and exactly these arguments',
    );
    expectThat(
      minted !== second && !JSON.stringify(answer).includes(minted),
      'the server never sees the token of the agent, nor the agent that of the server',
    );
    expectThat(
      (await callWith(ledgerUrl, minted)).status === 401,
      'the minted token is refused at Countersign',
    );
    say('The minted token, sent to Countersign: 401.');
  });
}

async function denials({ narrator, ledger }: Journey): Promise<void> {
  await narrator.step('denied', 'What policy forbids is denied, in words, with a receipt', async (say) => {
    expectThat(ledger, 'the session with the ledger is open');
    const attempts: [string, Record<string, unknown>][] = [
      ['the forbidden value', { account: 'travel', amount: 1, environment: 'prod' }],
      ['wrapped in a list', { account: 'travel', amount: 1, environment: ['prod'] }],
      [
        'dressed as an entity',
        { account: 'travel', amount: 1, environment: { __entity: { type: 'User', id: 'alice' } } },
      ],
    ];
    for (const [label, args] of attempts) {
      const answer = await ledger.client.callTool({ name: 'post_entry', arguments: args });
      expectThat(answer.isError === true, `${label} is denied`);
      expectThat(answer._meta?.['dev.countersign/receipt'], `${label} has a receipt`);
      say(`${label}: ${textOf(answer)}`);
    }
    const { tools } = await ledger.client.listTools();
    expectThat(
      !tools.some(({ name }) => name === 'close_books'),
      'a tool that Alice may not use is not listed',
    );
    const called = await ledger.client
      .callTool({ name: 'close_books', arguments: { month: '2026-10' } })
      .catch((error: unknown) => error);
    expectThat(
      called instanceof Error && /-32602/.test(called.message),
      'and called by name it does not exist for her',
    );
    say(`close_books is not listed; called by name: ${called.message}`);
  });
}

async function agentMode({ stack, narrator, ledgerUrl }: Journey): Promise<void> {
  await narrator.step(
    'agent-mode',
    'An agent without a user does what agents may, and nothing else',
    async (say) => {
      const { clientId, clientSecret } = stack.reportAgent;
      const response = await fetch(`${stack.canonicalUrl}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: ledgerUrl }),
      });
      const { access_token: token } = (await response.json()) as { access_token?: string };
      expectThat(response.ok && token, 'client credentials give a token');
      const session = await openSession(ledgerUrl, token);
      const report = await session.client.callTool({ name: 'service_report', arguments: {} });
      expectThat(report.isError !== true, 'service_report is for agents');
      say(`service_report: ${textOf(report)}`);
      const refused = await session.client
        .callTool({ name: 'read_balance', arguments: { account: 'travel' } })
        .catch((error: unknown) => error);
      const denied = refused instanceof Error || (refused as ToolAnswer).isError === true;
      expectThat(denied, 'read_balance is for people only');
      say(`read_balance: ${refused instanceof Error ? refused.message : textOf(refused as ToolAnswer)}`);
      await session.close();
    },
  );
}

async function disconnect({ stack, narrator, alice, agent, ledger }: Journey): Promise<void> {
  await narrator.step('disconnect', 'Alice disconnects the agent; its next call is refused', async (say) => {
    await alice.open(`${stack.canonicalUrl}/connections`);
    const started = performance.now();
    await alice.submit({ client_id: agentClientId(agent) });
    const elapsed = () => performance.now() - started;
    let refused: unknown;
    while (refused === undefined && elapsed() < 1_000) {
      refused = await ledger?.client.listTools().then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expectThat(
      refused instanceof StreamableHTTPError && refused.code === 401,
      `the next call is 401 within a second (it was: ${String(refused)})`,
    );
    say(`refused ${Math.round(elapsed())} ms after the button was pressed`);
  });
}

/** A call with some token, by hand: what the SDK would never send. */
function callWith(url: string, token: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  });
}

function textOf(answer: ToolAnswer): string {
  const content = answer.content as { type: string; text?: string }[] | undefined;
  return (content ?? []).map(({ text }) => text ?? '').join(' ');
}

function agentClientId(agent: DemoAgent): string {
  return agent.clientInformation()?.client_id ?? '';
}

function hashOf(args: Record<string, unknown>): string {
  // The keys of these arguments are in order already, so their JSON is their RFC 8785 text.
  return createHash('sha256').update(JSON.stringify(args)).digest('hex');
}

function describeToken(token: string): string {
  const [, payload = ''] = token.split('.');
  const { iss, aud, exp, iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  return `access token: iss ${String(iss)}, aud ${String(aud)}, good for ${Number(exp) - Number(iat)} s`;
}

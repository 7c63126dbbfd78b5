/** An agent that somebody has let in, and calls that it made for them. */
import type { Page } from '@playwright/test';
import type { McpSession } from '../demo/agent.ts';
import type { WaitingAgent } from './waiting-agent.ts';

/**
 * On the consent page: they allow the agent. An agent knows that it is let in before the browser has its page; whoever sent
 * the page elsewhere meanwhile would be interrupted by it.
 */
export async function allow(page: Page, agent: WaitingAgent): Promise<void> {
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(({ host }) => host === agent.redirectHost);
  await agent.authorized;
}

/** In the page of a person who is signed in: they allow the agent, and it opens a session. */
export async function letIn(page: Page, agent: WaitingAgent): Promise<McpSession> {
  await page.goto(agent.authorizationUrl);
  await allow(page, agent);
  return await agent.connect();
}

/** Calls a tool, and gives back the id of the call's receipt. */
export async function callTool(
  session: McpSession,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<string> {
  const answer = await session.client.callTool({ name, arguments: { ...args } });
  const stamp = answer._meta?.['dev.countersign/receipt'] as { id: string } | undefined;
  if (stamp === undefined) throw new Error(`the answer names no receipt: ${JSON.stringify(answer)}`);
  return stamp.id;
}

/** Lets an agent in that reads one balance. Gives back the id of that call's receipt. */
export async function callOnce(page: Page, agent: WaitingAgent, account = 'travel'): Promise<string> {
  const session = await letIn(page, agent);
  const id = await callTool(session, 'read_balance', { account });
  await session.close();
  return id;
}

export interface PageAnswer {
  readonly status: number;
  readonly text: string;
}

/** A request of the page's own, below the address where it is: only a browser finds the names of a host template. */
export async function askFrom(
  page: Page,
  path: string,
  request: { readonly method?: string; readonly csrf?: string; readonly json?: unknown } = {},
): Promise<PageAnswer> {
  return await page.evaluate(
    async ([to, { method = 'GET', csrf, json }]) => {
      const headers = new Headers();
      if (csrf !== undefined) headers.set('x-csrf-token', csrf);
      if (json !== undefined) headers.set('content-type', 'application/json');
      const body = json === undefined ? null : JSON.stringify(json);
      const response = await fetch(to, { method, headers, body });
      return { status: response.status, text: await response.text() };
    },
    [path, request] as const,
  );
}

/** The token of the page's session. */
export async function csrfTokenOf(page: Page): Promise<string> {
  const { text } = await askFrom(page, '/api/v1/session');
  return (JSON.parse(text) as { csrf_token: string }).csrf_token;
}

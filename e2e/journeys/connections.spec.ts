import { expect, test } from '../harness/browser.ts';
import { allow } from '../harness/let-agent-call.ts';

test('somebody disconnects an agent: its stream closes and its next call is refused, within a second', async ({
  page,
  house,
  signInAs,
  startAgent,
  checkPage,
}) => {
  const agent = await startAgent('everything', 'Agent to disconnect');
  await signInAs(page, 'alice');
  await page.goto(agent.authorizationUrl);
  await allow(page, agent);
  const session = await agent.connect();
  await session.client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  const stream = await openStream(`${house.canonicalUrl}/mcp/everything`, agent.accessToken());

  await signInAs(page, 'alice');
  const card = page.getByRole('region', { name: /^Agent to disconnect, / });
  await expect(card).toContainText(agent.clientId);
  await expect(card.getByRole('table')).toContainText('everything');
  await card.getByRole('button', { name: 'Disconnect Agent to disconnect' }).click();
  const question = page.getByRole('dialog', { name: 'Disconnect Agent to disconnect?' });
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await checkPage(page);
  await question.getByRole('button', { name: 'Disconnect' }).click();
  await page.waitForURL('**/connections?disconnected=yes');
  const disconnectedAt = Date.now();

  await stream.ended;
  expect(Date.now() - disconnectedAt, 'ms until the open stream was closed').toBeLessThan(1_000);
  const refused = await fetch(`${house.canonicalUrl}/mcp/everything`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent.accessToken()}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'ping' }),
  });
  expect(refused.status).toBe(401);
  expect(Date.now() - disconnectedAt, 'ms until a call was refused').toBeLessThan(1_000);
});

/** A session's stream for what the server says by itself, as the SDK opens it, with its end in hand. */
async function openStream(mcpUrl: string, token: string): Promise<{ readonly ended: Promise<void> }> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  };
  const clientInfo = { name: 'stream', version: '1' };
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
  };
  const begun = await fetch(mcpUrl, { method: 'POST', headers, body: JSON.stringify(initialize) });
  await begun.text();
  const session = begun.headers.get('mcp-session-id') ?? '';
  const stream = await fetch(mcpUrl, {
    headers: {
      authorization: headers.authorization,
      accept: 'text/event-stream',
      'mcp-session-id': session,
      'mcp-protocol-version': '2025-11-25',
    },
  });
  if (stream.status !== 200 || stream.body === null) throw new Error(`no stream: ${stream.status}`);
  const reader = stream.body.getReader();
  const read = async () => {
    for (;;) {
      // An end that is cut off is an end, too.
      const { done } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
    }
  };
  return { ended: read() };
}

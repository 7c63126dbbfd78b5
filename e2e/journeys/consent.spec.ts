import { expect, test } from '../harness/browser.ts';
import { allow } from '../harness/let-agent-call.ts';

test.describe('somebody whose agent asks for access', () => {
  test('sees who asks, for whom, where, for what and until when, and lets it in', async ({
    page,
    house,
    signInAs,
    startAgent,
    checkPage,
  }) => {
    const agent = await startAgent('ledger', 'Month-end helper');
    await signInAs(page, 'alice');
    await page.goto(agent.authorizationUrl);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Let this agent act for you?');
    const main = page.getByRole('main');
    for (const said of [
      'Month-end helper',
      'unverified name',
      agent.clientId,
      agent.redirectHost,
      'Alice Adler',
      'alice@acme.example',
      `${house.canonicalUrl}/mcp/ledger`,
      'read_balance',
      'Reads the balance of an account',
      'UTC',
    ]) {
      await expect(main).toContainText(said);
    }
    await expect(main).not.toContainText('close_books');
    await checkPage(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    await expect(page.getByRole('heading', { name: 'Back at the agent' })).toBeVisible();
    await agent.authorized;
    const session = await agent.connect();
    const { tools } = await session.client.listTools();
    expect(tools.map(({ name }) => name)).toContain('read_balance');
    await session.close();
  });

  test('signs in on the way when they have no session yet', async ({ page, house, startAgent }) => {
    const agent = await startAgent('ledger');
    await page.goto(agent.authorizationUrl);
    expect(page.url()).toContain(house.identityProvider);
    await page.locator('button[value="bob@acme.example"]').click();
    await expect(page.getByRole('main')).toContainText('bob@acme.example');
  });

  test('declines, and the agent is told', async ({ page, signInAs, startAgent }) => {
    const agent = await startAgent('ledger');
    const refused = expect(agent.authorized).rejects.toThrow('access_denied');
    await signInAs(page, 'alice');
    await page.goto(agent.authorizationUrl);
    await page.getByRole('button', { name: 'Decline' }).click();
    await expect(page.getByRole('heading', { name: 'Back at the agent' })).toBeVisible();
    await refused;
  });

  test('is shown a name that wants to be more than a name as the text that it is', async ({
    page,
    signInAs,
    startAgent,
    checkPage,
  }) => {
    const name = '<img src=x onerror=alert(1)> your admin';
    const agent = await startAgent('ledger', name);
    await signInAs(page, 'alice');
    await page.goto(agent.authorizationUrl);
    await expect(page.locator('q')).toHaveText(name);
    await checkPage(page);
  });

  test('answers once: the page of a decision that was made says so', async ({
    page,
    signInAs,
    startAgent,
  }) => {
    const agent = await startAgent('ledger');
    await signInAs(page, 'alice');
    await page.goto(agent.authorizationUrl);
    const address = page.url();
    const other = await page.context().newPage();
    await other.goto(address);
    await page.getByRole('button', { name: 'Allow' }).click();
    await expect(page.getByRole('heading', { name: 'Back at the agent' })).toBeVisible();
    await agent.authorized;
    await other.getByRole('button', { name: 'Allow' }).click();
    await expect(other.getByRole('heading', { level: 1 })).toHaveText(/answered already|has ended/);
    await page.goto(address);
    await expect(page.getByRole('button', { name: 'Allow' })).toHaveCount(0);
    await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Let this agent act for you?');
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('consent works', async ({ page, signInAs, startAgent }) => {
    const agent = await startAgent('ledger');
    await signInAs(page, 'alice');
    await page.goto(agent.authorizationUrl);
    await allow(page, agent);
  });

  test('an agent can be disconnected', async ({ page, signInAs, startAgent }) => {
    const agent = await startAgent('ledger', 'Agent to end');
    await signInAs(page, 'alice');
    await page.goto(agent.authorizationUrl);
    await allow(page, agent);
    await signInAs(page, 'alice');
    const card = page.getByRole('region', { name: /^Agent to end, / }).first();
    await card.getByRole('button', { name: 'Disconnect Agent to end' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await expect(page.getByRole('status')).toContainText('disconnected');
    await expect(page.getByText('Agent to end')).toHaveCount(0);
  });
});

test.describe('where an admin admits agents', () => {
  test.beforeAll(async ({ house }) => await house.apply([[['admission'], 'approval']]));
  test.afterAll(async ({ house }) => await house.apply());

  test('an employee is told whom to ask, and nothing is let in', async ({
    page,
    signInAs,
    startAgent,
    checkPage,
  }) => {
    const agent = await startAgent('ledger');
    const refused = expect(agent.authorized).rejects.toThrow('access_denied');
    await signInAs(page, 'alice');
    await page.goto(agent.authorizationUrl);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('This agent has to be admitted first');
    await expect(page.getByRole('button', { name: 'Allow' })).toHaveCount(0);
    await checkPage(page);
    await page.getByRole('button', { name: 'Back to the agent' }).click();
    await refused;
  });

  test('an admin admits the agent in the same step', async ({ page, signInAs, startAgent, checkPage }) => {
    const agent = await startAgent('ledger');
    await signInAs(page, 'ada');
    await page.goto(agent.authorizationUrl);
    await checkPage(page);
    await page.getByRole('button', { name: 'Allow' }).click();
    await expect(page.getByRole('checkbox')).toBeFocused();
    await page.getByRole('checkbox').check();
    await allow(page, agent);
    const session = await agent.connect();
    await session.close();
  });
});

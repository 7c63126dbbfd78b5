import { expect, test } from '../harness/browser.ts';

test('a member finds how to connect their client, and the choice is kept', async ({
  page,
  house,
  signInAs,
  checkPage,
}) => {
  await signInAs(page, 'alice', '/servers');
  await checkPage(page);
  await page.getByRole('link', { name: 'Ledger' }).click();
  await checkPage(page);
  const url = `${house.canonicalUrl}/mcp/ledger`;
  await expect(page.getByText(`claude mcp add --transport http ledger ${url}`)).toBeVisible();

  await page.getByRole('tab', { name: 'Cursor' }).click();
  const link = await page.getByRole('link', { name: 'Add to Cursor' }).getAttribute('href');
  const config = new URL(link ?? '').searchParams.get('config') ?? '';
  expect(JSON.parse(Buffer.from(config, 'base64').toString())).toEqual({ url });
  await page.reload();
  await expect(page.getByRole('tab', { name: 'Cursor' })).toHaveAttribute('aria-selected', 'true');
  for (const name of [
    'Claude',
    'VS Code',
    'Codex',
    'Gemini CLI',
    'MCP Inspector',
    'Another client',
    'A machine',
  ]) {
    await page.getByRole('tab', { name, exact: true }).click();
    await expect(page.getByRole('tabpanel', { name, exact: true })).toBeVisible();
  }
  await checkPage(page);
});

test('the copied command is the one that is shown', async ({ page, house, signInAs }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await signInAs(page, 'alice', '/servers/ledger');
  await page.getByRole('button', { name: 'Copy the address' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${house.canonicalUrl}/mcp/ledger`);
});

test('a member sees the tools that policy gives them, and not those that it does not', async ({
  page,
  signInAs,
}) => {
  await signInAs(page, 'alice', '/servers/ledger');
  const tools = page.getByRole('region', { name: 'Tools you may call' });
  await expect(tools).toContainText('post_entry');
  await expect(tools).not.toContainText('close_books');
  await expect(page.getByRole('link', { name: 'Settings', exact: true })).toHaveCount(0);
});

test('a server that does not exist, or whose id can’t be one, is not found', async ({
  page,
  house,
  signInAs,
}) => {
  await signInAs(page, 'alice');
  for (const id of ['nowhere', 'A', 'a_b', '%3Cscript%3E'])
    expect((await page.goto(`${house.canonicalUrl}/servers/${id}`))?.status(), id).toBe(404);
});

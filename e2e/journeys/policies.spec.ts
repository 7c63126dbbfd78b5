import type { Page } from '@playwright/test';
import { expect, test } from '../harness/browser.ts';
import { allow } from '../harness/let-agent-call.ts';

const ECHO = 'action == Action::"tools/call", resource == Tool::"everything/echo"';
const RULE = `@reason("Nothing is echoed today.")\nforbid (\n  principal,\n  ${ECHO.replace(', ', ',\n  ')}\n);\n`;

/** Types as a person does: all of it replaced. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Cedar text').fill(text);
}

test('an admin writes a policy: mends what is shown at line and column, tries it, sees what changes, and takes it back', async ({
  page,
  house,
  signInAs,
  startAgent,
  checkPage,
}) => {
  const agent = await startAgent('everything');
  await signInAs(page, 'alice');
  await page.goto(agent.authorizationUrl);
  await allow(page, agent);
  const { client } = await agent.connect();
  const echo = async (message: string) =>
    JSON.stringify(await client.callTool({ name: 'echo', arguments: { message } }));
  expect(await echo('one')).toContain('Echo: one');

  await page.context().clearCookies();
  await signInAs(page, 'ada', '/policies');
  await expect(page.getByText('Version 1 in force')).toBeVisible();
  await checkPage(page);
  await page.getByRole('link', { name: 'New policy' }).click();
  await page.getByLabel('Id', { exact: true }).fill('no-echo');

  // What is wrong is said where it stands, and a click goes there.
  await write(page, RULE.replace('everything/echo', 'everything/ecko'));
  const problem = page.getByRole('button', { name: /^Line 5, column 21:/ });
  await expect(problem).toContainText("no Tool 'everything/ecko' is pinned");
  await problem.click();
  await expect(page.getByLabel('Cedar text')).toBeFocused();
  const chosen = await page.getByLabel('Cedar text').evaluate((area: HTMLTextAreaElement) => {
    return area.value.slice(area.selectionStart, area.selectionEnd);
  });
  expect(chosen).not.toBe('');
  await page.getByRole('button', { name: 'Review and save' }).click();
  await expect(page.getByText('Mend the problems first.')).toBeVisible();
  await write(page, RULE);
  await expect(page.getByText('No problems')).toBeVisible();
  await checkPage(page);

  // Tried before it is saved.
  await page.getByRole('button', { name: 'Try it on a request' }).click();
  const trial = page.getByRole('region', { name: 'Try it on a request' });
  await trial.getByLabel('Groups').fill('engineering');
  await trial.getByLabel('Server').selectOption('everything');
  await trial.getByLabel('Tool', { exact: true }).selectOption('echo');
  await trial.getByLabel('Arguments').fill('{"message": "hello"}');
  await trial.getByRole('button', { name: 'Ask' }).click();
  await expect(trial.getByText('Nothing is echoed today.').first()).toBeVisible();
  await expect(trial.getByText('What the person may: Denied')).toBeVisible();
  await checkPage(page);
  expect(await echo('two')).toContain('Echo: two');

  // Saved after a look at what it changes.
  await page.getByRole('button', { name: 'Review and save' }).click();
  const review = page.getByRole('region', { name: 'What saving changes' });
  await expect(review.getByRole('region', { name: 'no-echo: added' })).toContainText(
    'Nothing is echoed today.',
  );
  await review.getByRole('button', { name: 'Save and bring into force' }).click();
  await page.waitForURL(`${house.canonicalUrl}/policies/no-echo`);
  // Forbidden whatever the arguments are, the tool is answered as one that does not exist.
  await expect(echo('three')).rejects.toThrow('Unknown tool: echo');

  // The earlier version comes back.
  await page.goto(`${house.canonicalUrl}/policies/versions`);
  await expect(page.getByText('Ada Admin').first()).toBeVisible();
  await checkPage(page);
  await page.getByRole('link', { name: 'Version 1', exact: true }).click();
  await page.getByRole('button', { name: 'Bring version 1 into force' }).click();
  const question = page.getByRole('dialog', { name: 'Bring version 1 into force' });
  await question.getByRole('button', { name: 'Bring version 1 into force' }).click();
  await page.waitForURL(`${house.canonicalUrl}/policies/versions`);
  expect(await echo('four')).toContain('Echo: four');
});

test('of two tabs that save the same policy the second one is told, and loses nothing', async ({
  page,
  house,
  signInAs,
}) => {
  await signInAs(page, 'ada', '/policies/new');
  const id = page.getByLabel('Id', { exact: true });
  await id.fill('twi/ce');
  await expect(id).toHaveAccessibleDescription(/Only letters without accents, digits/);
  await id.fill('twice');
  await write(page, RULE);
  await save(page);
  await page.waitForURL(`${house.canonicalUrl}/policies/twice`);
  const other = await page.context().newPage();
  await other.goto(`${house.canonicalUrl}/policies/twice`);
  await write(other, RULE.replace('today', 'by the other tab'));
  await save(other);
  await expect(other.getByText('Saved. It is in force.')).toBeVisible();

  await write(page, RULE.replace('today', 'by this tab'));
  await save(page);
  const conflict = page.getByRole('alert').filter({ hasText: 'Somebody changed it meanwhile' });
  await expect(conflict.getByRole('region', { name: 'In force now' })).toContainText('by the other tab');
  await expect(conflict.getByRole('region', { name: 'Yours' })).toContainText('by this tab');
  await conflict.getByRole('button', { name: 'Go on with mine' }).click();
  await save(page);
  await expect(page.getByText('Saved. It is in force.')).toBeVisible();

  // Leaving what is not saved is asked about.
  await write(page, 'permit (');
  page.once('dialog', (dialog) => void dialog.dismiss());
  await page.getByRole('link', { name: 'Policies' }).first().click();
  await expect(page).toHaveURL(`${house.canonicalUrl}/policies/twice`);
  await write(page, RULE.replace('today', 'by this tab'));

  await page.getByRole('button', { name: 'Remove' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.waitForURL(`${house.canonicalUrl}/policies`);
  await expect(page.getByRole('link', { name: 'twice' })).toHaveCount(0);
});

test('an auditor reads and tests policies, also what a file owns, and has nothing to change them with', async ({
  page,
  house,
  signInAs,
  checkPage,
}) => {
  await signInAs(page, 'audrey', '/policies/post-entries');
  await expect(page.getByText('This policy is kept in a file')).toBeVisible();
  await expect(page.getByLabel('Cedar text')).toHaveAttribute('readonly', '');
  await expect(page.getByRole('button', { name: 'Review and save' })).toHaveCount(0);
  await checkPage(page);
  await page.goto(`${house.canonicalUrl}/policies/test`);
  await page.getByLabel('Server').selectOption('ledger');
  await page.getByLabel('Tool', { exact: true }).selectOption('close_books');
  await page.getByLabel('Arguments').fill('{"month": "2026-11"}');
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect(page.getByText('principal in Group::"controllers"')).toBeVisible();
  await checkPage(page);
  await page.getByLabel('Arguments').fill('{"month": 1e400}');
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'arguments_json' })).toBeVisible();
  expect((await page.goto(`${house.canonicalUrl}/policies/new`))?.status()).toBe(403);
});

test('a policy can be written on a phone: nothing is wider than the screen', async ({
  page,
  house,
  signInAs,
}) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await signInAs(page, 'ada', '/policies/new');
  await write(page, RULE.replace('today', 'x'.repeat(200)));
  for (const path of ['/policies', '/policies/versions', '/policies/test', '/policies/post-entries']) {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, page.url()).toBeLessThanOrEqual(390);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.goto(house.canonicalUrl + path);
  }
});

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Review and save' }).click();
  await page.getByRole('button', { name: 'Save and bring into force' }).click();
}

import type { Browser } from '@playwright/test';
import { expect, type Page, type PersonName, type SignInAs, test } from '../harness/browser.ts';

/** A person's page, from the list. */
async function openPerson(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
}

/** Somebody is known here once they have signed in: each journey may be the first of its house. */
async function letIn(browser: Browser, signInAs: SignInAs, ...names: PersonName[]): Promise<void> {
  for (const name of names) {
    const context = await browser.newContext();
    await signInAs(await context.newPage(), name);
    await context.close();
  }
}

test.describe('an admin', () => {
  test('finds a person, and sees which group gives which role', async ({
    page,
    signInAs,
    browser,
    checkPage,
  }) => {
    await letIn(browser, signInAs, 'audrey');
    await signInAs(page, 'ada', '/people');
    await checkPage(page);
    await page.getByLabel('Verified email or reference').fill('AUDREY@acme.example');
    await page.getByRole('button', { name: 'Find' }).click();
    await openPerson(page, 'Audrey Ames');
    await expect(page.getByText('Auditor, by')).toBeVisible();
    await checkPage(page);
    await page.goto(page.url().replace(/\/people\/.*/, '/people?search=<b>nobody</b>'));
    await expect(page.getByRole('heading', { name: 'Nobody here is known by that' })).toBeVisible();
    await checkPage(page);
  });

  test('disables a person, whose session ends and whose next sign-in says why; and enables them again', async ({
    page,
    house,
    browser,
    signInAs,
    checkPage,
  }) => {
    const context = await browser.newContext();
    const bobs = await context.newPage();
    await signInAs(bobs, 'bob');
    await signInAs(page, 'ada', '/people');
    await openPerson(page, 'Bob Berger');
    await page.getByRole('button', { name: 'Disable' }).click();
    const question = page.getByRole('dialog', { name: 'Disable this person?' });
    await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await checkPage(page);
    await question.getByRole('button', { name: 'Disable' }).click();
    await expect(page.getByText('This person is disabled')).toBeVisible();

    await bobs.goto(`${house.canonicalUrl}/receipts`);
    await bobs.locator('button[value="bob@acme.example"]').or(bobs.locator('h1')).first().waitFor();
    if (bobs.url().startsWith(house.identityProvider))
      await bobs.locator('button[value="bob@acme.example"]').click();
    await expect(bobs.getByRole('heading', { level: 1 })).toHaveText('Your access is switched off');
    await expect(bobs.getByText('Reference')).toBeVisible();
    await checkPage(bobs);

    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
    await expect(page.getByText('This person may sign in again')).toBeVisible();
    await bobs.getByRole('link', { name: 'Try to sign in again' }).click();
    await expect(bobs).toHaveURL(`${house.canonicalUrl}/receipts`);
    await context.close();
  });

  test('can not erase without typing the reference, nor themself at all', async ({
    page,
    browser,
    signInAs,
  }) => {
    await letIn(browser, signInAs, 'audrey');
    await signInAs(page, 'ada', '/people');
    await openPerson(page, 'Ada Admin');
    await expect(page.getByText('You can’t erase yourself')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Disable' })).toHaveCount(0);
    await page.goBack();
    await openPerson(page, 'Audrey Ames');
    const field = page.getByLabel('Type the reference to confirm');
    await field.fill('audrey@acme.example');
    await page.getByRole('button', { name: 'Erase for good' }).click();
    await expect(page.getByText('is not the reference of this person', { exact: true })).toBeVisible();
    await expect(field).toHaveValue('audrey@acme.example');
  });

  test('tests the sign-in, and sees what arrived and what it gives', async ({
    page,
    house,
    signInAs,
    checkPage,
  }) => {
    await signInAs(page, 'ada', '/settings/sign-in');
    await checkPage(page);
    await page.getByRole('button', { name: 'Test the saved settings' }).click();
    await page.locator('button[value="ada@acme.example"]').click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('What the test sign-in showed');
    await expect(page.getByText('This person would come in.')).toBeVisible();
    await expect(page.getByRole('cell', { name: 'admins', exact: true })).toBeVisible();
    await checkPage(page);
    await page.goto(`${house.canonicalUrl}/connections`);
    await expect(page.getByRole('button', { name: /Ada Admin/ })).toBeVisible();
  });
});

test('an auditor reads people and has no act, a member is told that the page is not theirs', async ({
  page,
  browser,
  signInAs,
  checkPage,
}) => {
  await signInAs(page, 'audrey', '/people');
  await page.getByRole('link', { name: 'Audrey Ames' }).click();
  await expect(page.getByRole('button', { name: /Disable|Erase|End all/ })).toHaveCount(0);
  const context = await browser.newContext();
  const alices = await context.newPage();
  await signInAs(alices, 'alice', '/people');
  await expect(alices.getByText('Your role does not allow this')).toBeVisible();
  await checkPage(alices);
  await context.close();
});

test('whoever signs out everywhere is told what goes on, and is signed out in the other browser', async ({
  page,
  house,
  browser,
  signInAs,
  checkPage,
}) => {
  const context = await browser.newContext();
  const other = await context.newPage();
  await signInAs(other, 'alice');
  await signInAs(page, 'alice', '/sso/everywhere');
  await checkPage(page);
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.waitForURL((url) => !url.href.startsWith(`${house.canonicalUrl}/sso/`));
  const status = await other.evaluate(
    async (url) => (await fetch(url)).status,
    `${house.canonicalUrl}/api/v1/session`,
  );
  expect(status).toBe(401);
  await context.close();
});

test('the page of a failed sign-in takes no word from its address', async ({ page, house, checkPage }) => {
  const markup = encodeURIComponent('<img src=x onerror=alert(1)>');
  const address = `${house.canonicalUrl}/sso/error?kind=${markup}&code=${markup}&reference=${markup}&return_to=${encodeURIComponent('//evil.example')}`;
  await page.goto(address);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This sign-in is over');
  expect(await page.content()).not.toContain('<img');
  await expect(page.getByText('Reference')).toHaveCount(0);
  await checkPage(page);
  await page.getByRole('link', { name: 'Try to sign in again' }).click();
  await page.locator('button[value="alice@acme.example"]').click();
  await page.waitForURL(`${house.canonicalUrl}/**`);
  expect(page.url()).not.toContain('evil.example');
});

import { expect, test } from '../harness/browser.ts';
import { callApi } from '../harness/call-api.ts';

test('settings that a file has are shown and can’t be changed', async ({
  page,
  house,
  signInAs,
  checkPage,
}) => {
  await signInAs(page, 'ada', '/settings');
  await expect(page.getByText('Kept in a file').first()).toBeVisible();
  await expect(page.locator('main').getByRole('textbox').first()).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await expect(page.getByText('server ledger')).toBeVisible();
  await checkPage(page);
  const body = {
    display_name: 'Taken over',
    admission: 'open',
    grants: { hours: 12, refresh_replay_seconds: 10 },
  };
  const answer = await callApi(page, house.canonicalUrl, '/settings', { method: 'PUT', body });
  expect([answer.status, answer.body['code']]).toEqual([409, 'owned-by-file']);
});

test('settings that no file has are changed here, by one admin at a time', async ({
  page,
  house,
  signInAs,
}) => {
  await house.apply([
    [['tenant', 'display_name'], undefined],
    [['admission'], undefined],
  ]);
  try {
    await signInAs(page, 'ada', '/settings');
    const stale = await callApi(page, house.canonicalUrl, '/settings');
    await page.getByLabel('Display name').fill('Acme & <Sons>');
    await page.getByLabel('Hours until a grant ends').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved. The receipt names you.')).toBeVisible();
    await page.reload();
    await expect(page.getByLabel('Display name')).toHaveValue('Acme & <Sons>');
    await expect(page.getByLabel('Hours until a grant ends')).toHaveValue('2');

    await page.getByLabel('Hours until a grant ends').fill('0');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.locator('[data-invalid], [aria-invalid=true]').first()).toBeVisible();
    await expect(page.getByLabel('Hours until a grant ends')).toHaveValue('0');

    const body = { display_name: 'Late', admission: 'open', grants: { hours: 1, refresh_replay_seconds: 0 } };
    const late = { method: 'PUT', body, headers: { 'if-match': stale.etag ?? '' } } as const;
    expect((await callApi(page, house.canonicalUrl, '/settings', late)).status).toBe(412);
    const forged = { method: 'PUT', body, token: false } as const;
    expect((await callApi(page, house.canonicalUrl, '/settings', forged)).status).toBe(403);
  } finally {
    await house.apply();
  }
});

test('the hosts that a provider moved to are shown, and used once an admin has accepted them by name', async ({
  page,
  browser,
  house,
  signInAs,
  checkPage,
}) => {
  // Where its endpoints are is found out at the first sign-in.
  await signInAs(page, 'ada', '/settings/sign-in');
  await house.apply([
    [['identity_provider'], undefined],
    [['roles'], undefined],
  ]);
  const moved = await house.provider.endpoints.move();
  const context = await browser.newContext();
  try {
    await page.reload();
    const before = new URL(house.identityProvider).host;
    const callout = page.getByText('Nobody can sign in: this provider says that it has moved').locator('..');
    await expect(callout).toHaveCount(0);
    await page.getByRole('button', { name: 'Test the saved settings' }).click();
    await expect(page.locator('main').getByRole('alert')).toContainText(moved);
    await page.reload();
    await expect(callout).toContainText(before);
    await expect(callout).toContainText(moved);
    await checkPage(page);

    await page.getByLabel('Hosts of its endpoints').fill(moved);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(callout).toHaveCount(0);
    await expect(page.getByLabel('Hosts of its endpoints')).toHaveValue(moved);
    await signInAs(await context.newPage(), 'bob');

    const { body } = await callApi(page, house.canonicalUrl, '/receipts?kind=admin&limit=1');
    const [newest] = body['receipts'] as { readonly id: string }[];
    const receipt = await callApi(page, house.canonicalUrl, `/receipts/${newest?.id}`);
    const { details, email } = receipt.body['disclosed'] as {
      readonly details: string;
      readonly email: string;
    };
    expect(email).toBe('ada@acme.example');
    expect(JSON.parse(details)).toEqual({
      action: 'provider.pin',
      issuer: house.identityProvider,
      before: [before],
      hosts: [before, moved],
    });
  } finally {
    await context.close();
    await house.provider.endpoints.moveBack();
    await house.apply();
  }
});

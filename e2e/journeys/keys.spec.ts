import { verifyBundle } from '#lib/evidence';
import { nodeEvidenceCrypto } from '#lib/runtime';
import { expect, test } from '../harness/browser.ts';

test('an admin rotates the receipt key, and a receipt made after verifies against the trust file pinned before', async ({
  page,
  house,
  signInAs,
  checkPage,
}) => {
  const trust = await (await fetch(`${house.canonicalUrl}/log/trust.json`)).text();
  await signInAs(page, 'ada', '/keys');
  await checkPage(page);
  const card = page.getByRole('region', { name: 'Receipt key' });
  const before = (await card.locator('code').first().textContent()) ?? '';
  expect(before).toMatch(/^[\w-]{43}$/);

  await card.getByRole('button', { name: 'Rotate' }).click();
  const question = page.getByRole('dialog', { name: 'Rotate the receipt key?' });
  await expect(question).toContainText('names you');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(question).toBeHidden();
  await expect(card.locator('code').first()).toHaveText(before);

  await card.getByRole('button', { name: 'Rotate' }).click();
  await question.getByRole('button', { name: 'Rotate it' }).click();
  await expect(card.getByText('1 earlier key')).toBeVisible();
  await expect(card.locator('code').first()).not.toHaveText(before);

  // The announcement is one click away, and who asked for the rotation is in the log.
  await card
    .getByRole('link', { name: /^receipt / })
    .first()
    .click();
  await expect(page).toHaveURL(/\/receipts\/[0-9a-f-]{36}$/);
  await signInAs(page, 'ada', '/receipts?kind=admin');
  await expect(page.getByText('Ada Admin').first()).toBeVisible();

  const bundle = await page.evaluate(async (canonicalUrl) => {
    const get = async (path: string) =>
      (await fetch(canonicalUrl + path)).json() as Promise<Record<string, unknown>>;
    const { receipts } = (await get('/api/v1/receipts?kind=admin&limit=1')) as { receipts: { id: string }[] };
    const { csrf_token } = (await get('/api/v1/session')) as { csrf_token: string };
    const answer = await fetch(`${canonicalUrl}/api/v1/bundles`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf-token': csrf_token },
      body: JSON.stringify({ receipts: receipts.map(({ id }) => id) }),
    });
    return await answer.text();
  }, house.canonicalUrl);
  expect(verifyBundle(bundle, trust, nodeEvidenceCrypto).verdict).toBe('VALID');
});

test('an auditor reads the keys and has no button to change them', async ({ page, signInAs, checkPage }) => {
  await signInAs(page, 'audrey', '/keys');
  await expect(page.getByRole('heading', { name: 'Log key' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Rotate/ })).toHaveCount(0);
  await checkPage(page);
});

test('a rotation is refused to an auditor, without the token, and for a key that is not in force any more', async ({
  page,
  house,
  signInAs,
}) => {
  const rotate = async (body: unknown, withToken = true) =>
    await page.evaluate(
      async ([canonicalUrl, sent, token]) => {
        const session = (await (await fetch(`${canonicalUrl}/api/v1/session`)).json()) as {
          csrf_token: string;
        };
        const answer = await fetch(`${canonicalUrl}/api/v1/keys/mint/rotation`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token ? { 'x-csrf-token': session.csrf_token } : {}),
          },
          body: JSON.stringify(sent),
        });
        return answer.status;
      },
      [house.canonicalUrl, body, withToken] as const,
    );
  await signInAs(page, 'audrey', '/keys');
  expect(await rotate({ in_force: 'x' })).toBe(403);
  await page.context().clearCookies();
  await signInAs(page, 'ada', '/keys');
  expect(await rotate({ in_force: 'x' }, false)).toBe(403);
  expect(await rotate({ in_force: 'x' })).toBe(412);
  expect(await rotate({})).toBe(400);
  expect(await rotate({ in_force: 'x', more: 1 })).toBe(400);
});

test('a member who opens the keys is told that it takes a role', async ({ page, house, signInAs }) => {
  await signInAs(page, 'alice');
  const answer = await page.goto(`${house.canonicalUrl}/keys`);
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('role');
  await expect(page.locator('body')).not.toContainText('Thumbprint');
});

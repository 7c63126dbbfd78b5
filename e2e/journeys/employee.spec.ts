import { expect, test } from '../harness/browser.ts';

test('an employee signs in and is back where they wanted to be', async ({ page, house, signInAs }) => {
  await signInAs(page, 'alice', '/receipts?effect=deny');
  await expect(page).toHaveURL(`${house.canonicalUrl}/receipts?effect=deny`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Receipts');
});

test('the pages of an employee have no barrier that axe finds', async ({ page, signInAs, checkPage }) => {
  await signInAs(page, 'alice');
  await checkPage(page);
  await signInAs(page, 'alice', '/receipts');
  await checkPage(page);
});

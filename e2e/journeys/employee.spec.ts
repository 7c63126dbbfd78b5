import { expect, type Page, test } from '../harness/browser.ts';

test.describe('an employee', () => {
  test('signs in and is back where they wanted to be', async ({ page, house, signInAs }) => {
    await signInAs(page, 'alice', '/receipts?effect=deny');
    await expect(page).toHaveURL(`${house.canonicalUrl}/receipts?effect=deny`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Receipts');
  });

  test('finds their organisation by name, and is told when there is none of it', async ({
    page,
    house,
    checkPage,
  }) => {
    await page.goto(house.rootUrl);
    await checkPage(page);
    await page.getByLabel('Organisation').fill('<b>acne</b>');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('main').getByRole('alert')).toContainText(
      'no organisation called “<b>acne</b>”',
    );
    await checkPage(page);
    await page.getByLabel('Organisation').fill('Acme');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    expect(page.url()).toContain(house.identityProvider);
  });

  test('meets no barrier that axe finds', async ({ page, house, signInAs, checkPage }) => {
    await signInAs(page, 'alice');
    await checkPage(page);
    await page.getByRole('button', { name: 'Alice Adler' }).click();
    await checkPage(page);
    await page.goto(`${house.canonicalUrl}/nothing-here`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing at this address');
    await checkPage(page);
  });

  test('reaches everything on a phone, by keyboard', async ({ page, house, signInAs }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    await signInAs(page, 'alice');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, 'the page does not scroll sideways').toBeLessThanOrEqual(390);
    await page.keyboard.press('Tab');
    await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Menu' })).toBeFocused();
    await page.keyboard.press('Enter');
    const receipts = page.getByRole('link', { name: 'Receipts' });
    const isFocused = () => receipts.evaluate((link) => link === document.activeElement);
    for (let tabs = 0; tabs < 5 && !(await isFocused()); tabs += 1) await page.keyboard.press('Tab');
    await expect(receipts).toBeFocused();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${house.canonicalUrl}/receipts`);
  });

  test('closes what they opened with Escape, and the focus is where it was', async ({ page, signInAs }) => {
    await signInAs(page, 'alice');
    const menu = page.getByRole('button', { name: 'Alice Adler' });
    await menu.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Sign out', exact: true })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Sign out', exact: true })).toBeHidden();
    await expect(menu).toBeFocused();
  });

  test('chooses how the pages look, and the next page comes that way from the server', async ({
    page,
    house,
    signInAs,
  }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await signInAs(page, 'alice');
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(await scheme()).toBe('light dark');
    await page.getByRole('button', { name: 'Alice Adler' }).click();
    const kept = page.waitForResponse((response) => response.url().endsWith('/appearance'));
    await page.getByText('Dark', { exact: true }).click();
    expect(await scheme()).toBe('dark');
    await kept;
    const response = await page.goto(`${house.canonicalUrl}/receipts`);
    expect(await response?.text()).toContain('<html lang="en" data-theme="dark">');
  });

  test('signs out here and at the provider, and Back shows nothing', async ({ page, house, signInAs }) => {
    await signInAs(page, 'alice', '/receipts');
    await signInAs(page, 'alice', '/connections');
    await signOut(page);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in');
    expect(page.url()).toContain(house.identityProvider);
    for (const _ of ['the provider', 'My agents', 'Receipts']) {
      await page.goBack();
      await page.waitForLoadState();
      await expect(page.getByText('alice@acme.example', { exact: true })).toHaveCount(0);
      await expect(page.getByRole('navigation', { name: 'Sections' })).toHaveCount(0);
    }
  });

  test('who has signed out in one tab sees and does nothing in the other', async ({
    context,
    house,
    signInAs,
  }) => {
    const one = await context.newPage();
    const other = await context.newPage();
    await signInAs(one, 'alice');
    await signInAs(other, 'alice');
    await signOut(one);
    await expect(one.getByRole('heading', { level: 1 })).toHaveText('Sign in');
    // The page is still open there: what it can send is not done, and leads to the sign-in like everything else.
    await other.getByRole('button', { name: 'Alice Adler' }).click();
    await other.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expect(other.getByRole('heading', { level: 1 })).toHaveText('Sign in first');
    await other.getByRole('link', { name: 'Sign in' }).click();
    await expect(other.getByRole('heading', { level: 1 })).toHaveText('Sign in');
    expect(other.url()).toContain(house.identityProvider);
    await other.goto(`${house.canonicalUrl}/receipts`);
    await expect(other.getByRole('heading', { level: 1 })).toHaveText('Sign in');
  });
});

/** Here, and then at the provider, which asks. */
async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Alice Adler' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
}

import { SECTIONS } from '#ui/sections.ts';
import { expect, type Page, test } from '../harness/browser.ts';

const SCRIPT_BYTES_MAX = 150_000;

test.describe('the command palette', () => {
  test('leads by keyboard to a page, a server, and a receipt by its id', async ({
    page,
    house,
    signInAs,
    checkPage,
  }) => {
    await signInAs(page, 'alice');
    const input = page.getByRole('combobox', { name: 'Go to a page, a server or a receipt' });
    await pressUntilOpen(page, input);
    await expect(page.getByRole('option', { name: 'Ledger ledger' })).toBeVisible();
    await checkPage(page);
    await input.fill('rece');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${house.canonicalUrl}/receipts`);

    await pressUntilOpen(page, input);
    await input.fill('ledg');
    await expect(page.getByRole('option')).toHaveCount(1);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${house.canonicalUrl}/servers/ledger`);

    const id = '01a1fbfe-c739-748f-b376-def88613feb6';
    await page.getByRole('button', { name: 'Go to…' }).click();
    await input.fill(id);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${house.canonicalUrl}/receipts/${id}`);
  });

  test('gives the focus back when it is closed, and says when nothing fits', async ({ page, signInAs }) => {
    await signInAs(page, 'alice');
    const button = page.getByRole('button', { name: 'Go to…' });
    await button.focus();
    await page.keyboard.press('Enter');
    const input = page.getByRole('combobox');
    await expect(input).toBeFocused();
    await input.fill('<script>');
    await expect(page.getByText('Nothing here is called that.')).toBeVisible();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(button).toBeFocused();
  });

  test('shows an employee no page of administration', async ({ page, signInAs }) => {
    await signInAs(page, 'alice');
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('option', { name: 'My agents' })).toBeVisible();
    await expect(page.getByRole('option', { name: 'Keys' })).toHaveCount(0);
  });
});

/** Every page of the console, with what its address needs. */
const PAGES = [
  ...SECTIONS.map(({ id }) => `/${id}`),
  '/servers/new',
  '/servers/ledger',
  '/servers/ledger/definitions',
  '/servers/ledger/settings',
  '/receipts/verify',
  '/policies/new',
  '/policies/read-balances',
  '/policies/test',
  '/policies/versions',
  '/policies/versions/1',
  '/agents/new',
  '/agents/nightly-report',
  '/settings/sign-in',
];

/** A phone; and beside the navigation, where columns have the least room. */
const WIDTHS = [320, 1024];

for (const path of PAGES) {
  test(`${path} loads no more than 150 kB of script at first, and fits into 320 and 1024 pixels`, async ({
    page,
    house,
    signInAs,
  }) => {
    await signInAs(page, 'ada');
    await expectSmall(page, house.canonicalUrl + path);
    for (const width of WIDTHS) await expectToFit(page, width);
  });
}

test('no more than 150 kB of script is loaded at first by a person’s page, a receipt and the hosted pages', async ({
  page,
  house,
  signInAs,
}) => {
  await signInAs(page, 'ada', '/people');
  const person = await page.getByRole('table').getByRole('link').first().getAttribute('href');
  await page.goto(`${house.canonicalUrl}/receipts?entries=all`);
  const receipt = await page.getByRole('table').getByRole('link').first().getAttribute('href');
  for (const url of [person, receipt, '/sso/everywhere', '/sso/signed-out', '/sso/error'])
    await expectSmall(page, url?.startsWith('/sso/') ? house.canonicalUrl + url : (url ?? ''));
});

async function expectSmall(page: Page, url: string): Promise<void> {
  const bytes = await scriptBytesOf(page, url);
  expect(bytes, `bytes of script for ${url}`).toBeLessThan(SCRIPT_BYTES_MAX);
  expect(bytes, `${url} has scripts, so this measures something`).toBeGreaterThan(50_000);
}

/** Neither the page nor a table scrolls sideways (WCAG 2.2, 1.4.10), and a table is heard as one however it is laid out. */
async function expectToFit(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 640 });
  const tooWide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('section:has(> table)')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map((element) => element.getAttribute('aria-label') ?? element.tagName),
  );
  expect(tooWide, `wider than ${width} pixels at ${page.url()}`).toEqual([]);
  for (const table of await page.getByRole('table').all())
    expect(await table.getByRole('columnheader').count()).toBeGreaterThan(0);
}

/** As sent over the wire, with nothing in the cache. */
async function scriptBytesOf(page: Page, url: string): Promise<number> {
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  const scripts = new Set<string>();
  let bytes = 0;
  client.on(
    'Network.responseReceived',
    ({ requestId, type }) => void (type === 'Script' && scripts.add(requestId)),
  );
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  await client.detach();
  return bytes;
}

/** A key pressed before the page's scripts run is nobody's. */
async function pressUntilOpen(page: Page, input: ReturnType<Page['getByRole']>): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('Control+k');
    await expect(input).toBeFocused({ timeout: 2_000 });
  }).toPass();
}

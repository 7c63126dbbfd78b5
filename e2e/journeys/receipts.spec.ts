/** Receipts of one's own: the way to a verified one, the list, and what the page of a receipt refuses. */
import { expect, type Page, test } from '../harness/browser.ts';
import { askFrom, callOnce, callTool, csrfTokenOf, letIn } from '../harness/let-agent-call.ts';

const BALANCE = { account: 'travel' };

test('a newcomer reaches a verified receipt of a call of their own in at most four clicks', async ({
  page,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  await callOnce(page, await startAgent('ledger', 'First agent'));

  // Where a sign-in ends.
  await signInAs(page, 'alice');
  let clicks = 0;
  const click = async (role: 'link' | 'button', name: string | RegExp, within = page.locator('main')) => {
    clicks += 1;
    await within.getByRole(role, { name }).first().click();
  };
  const card = page.getByRole('listitem').filter({ hasText: 'First agent' }).first();
  await click('link', / UTC$/, card);
  await click('link', 'read_balance');
  await click('button', 'Verify in this browser');
  await expect(page.getByText('VALID', { exact: true })).toBeVisible();
  await expect(page.getByText('The trust file came from this same server.')).toBeVisible();
  expect(clicks).toBeLessThanOrEqual(4);
});

test('a receipt tells its story in order, and shows no barrier that axe finds', async ({
  page,
  house,
  signInAs,
  startAgent,
  checkPage,
}) => {
  await signInAs(page, 'alice');
  const session = await letIn(page, await startAgent('ledger', 'Story agent'));
  const id = await callTool(session, 'post_entry', { ...BALANCE, amount: 4200, environment: 'dev' });
  const denied = await callTool(session, 'post_entry', { ...BALANCE, amount: 1, environment: 'prod' });
  await session.close();
  await page.goto(`${house.canonicalUrl}/receipts/${id}`);
  const headings = await page.locator('article h2').allTextContents();
  expect(headings.slice(0, 7)).toEqual([
    'Who',
    'What',
    'Why',
    'How',
    'Outcome',
    'Arguments and result',
    'Place in the log',
  ]);
  for (const told of ['Alice Adler', 'alice@acme.example', 'Story agent', 'ledger', 'post_entry'])
    await expect(page.locator('article')).toContainText(told);
  await page.getByRole('button', { name: 'Verify in this browser' }).click();
  await expect(page.getByText('VALID', { exact: true })).toBeVisible();
  await checkPage(page);
  await page.getByText('Payload as signed, disclosures, SD-JWT and proof').click();
  await page.getByRole('tab', { name: 'SD-JWT' }).click();
  await expect(page.getByRole('tabpanel', { name: 'SD-JWT' })).toContainText('~');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tabpanel', { name: 'Proof' })).toContainText('c2sp.org/tlog-proof@v1');
  await expect(
    page.getByRole('tabpanel', { name: 'Proof' }).getByRole('button', { name: 'Copy' }),
  ).toBeVisible();
  await checkPage(page);
  // The two halves of a call lead to each other.
  await page.locator('article').getByRole('link', { name: /^01/ }).last().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Attempt: post_entry');
  await page.getByRole('link', { name: id }).click();
  await expect(page).toHaveURL(`${house.canonicalUrl}/receipts/${id}`);
  await page.goto(`${house.canonicalUrl}/receipts/${denied}`);
  await expect(page.locator('article')).toContainText('never by a person or their agent');
  await checkPage(page);
});

test('the list filters, keeps its filters in the address, and pages both ways', async ({
  page,
  house,
  signInAs,
  startAgent,
  checkPage,
}) => {
  await signInAs(page, 'alice');
  const session = await letIn(page, await startAgent('ledger', 'Busy agent'));
  const ids: string[] = [];
  for (let made = 0; made < 55; made += 1) ids.push(await callTool(session, 'read_balance', BALANCE));
  await callTool(session, 'post_entry', { ...BALANCE, amount: 1, environment: 'prod' });
  await session.close();

  await page.goto(`${house.canonicalUrl}/receipts`);
  await page.getByRole('combobox', { name: 'Tool', exact: true }).fill('read_balance');
  await page.getByRole('combobox', { name: 'Agent', exact: true }).selectOption({ label: 'Busy agent' });
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/[?&]tool=read_balance/);
  const shown = () =>
    page.locator('tbody a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const addressOf = (id: string | undefined) => `${house.canonicalUrl}/receipts/${id}`;
  expect(await shown()).toEqual(ids.slice(5).toReversed().map(addressOf));
  const first = page.url();

  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page).toHaveURL(/tool=read_balance.*after=/);
  expect(await shown()).toEqual(ids.slice(0, 5).toReversed().map(addressOf));
  await page.getByRole('link', { name: 'Newer' }).click();
  await expect(page).toHaveURL(/before=/);
  expect((await shown())[0]).toBe(addressOf(ids.at(-1)));
  await expect(page.getByRole('link', { name: 'Newer' })).toHaveCount(0);

  await page.goto(first);
  await page.getByRole('link', { name: 'Every entry of the log' }).click();
  await expect(page).toHaveURL(/entries=all/);
  expect(await page.locator('tbody').getByText('Attempt').count()).toBeGreaterThan(20);
  await page.goto(`${house.canonicalUrl}/receipts?effect=deny&from=2020-01-01T00:00`);
  await expect(page.locator('tbody tr').first()).toContainText('Denied');
  await expect(page.locator('tbody')).not.toContainText('Allowed');
  await page.getByRole('link', { name: 'Last hour' }).click();
  await expect(page).toHaveURL(/from=\d+/);
  await checkPage(page);
});

test('on a phone nothing scrolls sideways', async ({ page, house, signInAs, startAgent }) => {
  await signInAs(page, 'alice');
  const id = await callOnce(
    page,
    await startAgent('ledger', 'An agent with a rather long name of its own choosing'),
  );
  await page.setViewportSize({ width: 390, height: 800 });
  for (const path of ['/receipts', `/receipts/${id}`, '/receipts/verify']) {
    await page.goto(house.canonicalUrl + path);
    const { wanted, there } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { wanted: scrollWidth, there: clientWidth };
    });
    expect(wanted, path).toBeLessThanOrEqual(there);
  }
});

test('filters that make no sense are named and left out on the page, and refused in words by the API', async ({
  page,
  house,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  await callOnce(page, await startAgent('ledger', 'Some agent'));
  const hostile = ['effect=%3Cscript%3Ealert(1)%3C%2Fscript%3E', 'person=%27%20or%201%3D1', 'from=yesterday'];
  hostile.push(
    'kind=a&kind=b',
    'tool=a%E2%80%AEb',
    'after=..%2F..',
    'limit=1e9',
    'nonsense=1',
    `server=${'x'.repeat(400)}`,
  );
  for (const query of hostile) {
    const name = query.split('=')[0] ?? '';
    await page.goto(`${house.canonicalUrl}/receipts?${query}`);
    await expect(page.getByRole('alert').filter({ hasText: name }), query).toContainText('not applied');
    await expect(page.locator('tbody tr').first(), query).toBeVisible();
    const answer = await askFrom(page, `/api/v1/receipts?${query}`);
    expect(answer.status, query).toBe(400);
    const problem = JSON.parse(answer.text) as { errors: { path: string; message: string }[] };
    expect(problem.errors.map(({ path, message }) => `${path} ${message}`).join(), query).toContain(name);
  }
});

test('somebody else’s receipt is not there, as page, as JSON, as proof, as bundle, and to open', async ({
  page,
  browser,
  house,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  const id = await callOnce(page, await startAgent('ledger', 'Alice’s own'));
  const bob = await browser.newPage();
  await signInAs(bob, 'bob');
  const shown = await bob.goto(`${house.canonicalUrl}/receipts/${id}`);
  expect(shown?.status()).toBe(404);
  const csrf = await csrfTokenOf(bob);
  for (const path of ['', '/proof', '/sd-jwt', '/bundle'])
    expect((await askFrom(bob, `/api/v1/receipts/${id}${path}`)).status, path).toBe(404);
  const post = async (path: string, json?: object) =>
    (await askFrom(bob, path, { method: 'POST', csrf, json })).status;
  expect(await post(`/api/v1/receipts/${id}/bodies`)).toBe(404);
  for (const json of [{ receipts: [id] }, { receipts: [id], bodies: true }, { filters: { receipt: id } }])
    expect(await post('/api/v1/bundles', json)).toBe(404);
  const list = await askFrom(bob, `/api/v1/receipts?receipt=${id}`);
  expect(JSON.parse(list.text)).toEqual({ receipts: [] });
  await bob.close();
});

test('no reading happens without a token of the session, by GET, or by looking at the page', async ({
  page,
  house,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  const id = await callOnce(page, await startAgent('ledger', 'Unread agent'));
  await page.goto(`${house.canonicalUrl}/receipts/${id}`);
  const bodies = `/api/v1/receipts/${id}/bodies`;
  const readings = async () => {
    const { text } = await askFrom(page, '/api/v1/receipts?kind=read');
    return (JSON.parse(text) as { receipts: [] }).receipts.length;
  };
  const before = await readings();
  expect((await askFrom(page, bodies, { method: 'POST' })).status).toBe(403);
  expect((await askFrom(page, bodies, { method: 'POST', csrf: 'forged' })).status).toBe(403);
  expect((await askFrom(page, bodies)).status).toBe(405);
  await page.getByRole('button', { name: 'Open the bodies' }).hover();
  expect(await readings()).toBe(before);
  // Twice pressed is once read.
  await page.getByRole('button', { name: 'Open the bodies' }).dblclick();
  await expect(page.getByRole('link', { name: 'Receipt of this reading' })).toBeVisible();
  expect(await readings()).toBe(before + 1);
});

test('markup and direction characters in a body are shown, never obeyed', async ({
  page,
  house,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  const account = '<img src=x onerror=alert(1)>\u202Egnp.exe';
  const id = await callOnce(page, await startAgent('ledger', 'Hostile agent'), account);
  await page.goto(`${house.canonicalUrl}/receipts/${id}`);
  await page.getByRole('button', { name: 'Open the bodies' }).click();
  const shown = page.getByRole('region', { name: 'Arguments' }).first();
  await expect(shown).toContainText('<img src=x onerror=alert(1)>⟨U+202E⟩gnp.exe');
  expect(await page.locator('article img').count()).toBe(0);
  expect(await contentOf(page)).not.toContain('\u202E');
});

async function contentOf(page: Page): Promise<string> {
  return await page.locator('article').innerText();
}

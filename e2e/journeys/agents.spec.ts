import { expect, test } from '../harness/browser.ts';
import { callApi } from '../harness/call-api.ts';
import { allow } from '../harness/let-agent-call.ts';

/** The status and error of a token request with these credentials. */
async function askForToken(canonicalUrl: string, clientId: string, secret: string) {
  const response = await fetch(`${canonicalUrl}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      resource: `${canonicalUrl}/mcp/ledger`,
    }),
  });
  return response.status;
}

test('an admin registers an agent that acts by itself; its secret is shown once, works, and can be replaced', async ({
  page,
  house,
  signInAs,
  checkPage,
}) => {
  const { canonicalUrl } = house;
  await signInAs(page, 'ada', '/agents/new');
  await checkPage(page);
  await page.getByLabel('Client id').fill('batch-job');
  await page.getByLabel('Name', { exact: true }).fill('Batch job');
  await page.getByLabel('Owner').fill('ada@acme.example');
  await page.getByRole('button', { name: 'Register it' }).dblclick();
  await expect(page.getByRole('heading', { name: 'Its secret, shown this once' })).toBeFocused();
  await checkPage(page);
  const shown = page.getByRole('region', { name: 'Secret of batch-job' });
  const secret = (await shown.textContent()) ?? '';
  expect(secret.length).toBeGreaterThan(30);
  await expect(page.locator('main')).toContainText(
    `curl -sS -u batch-job:"$CLIENT_SECRET" ${canonicalUrl}/oauth/token`,
  );
  expect(await askForToken(canonicalUrl, 'batch-job', secret)).toBe(200);

  await page.getByRole('link', { name: 'I have it: go on' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Batch job');
  expect(await page.content()).not.toContain(secret);
  await checkPage(page);
  await page.goBack();
  expect(await page.content()).not.toContain(secret);

  await page.goto(`${canonicalUrl}/agents/batch-job`);
  await page.getByRole('button', { name: 'New secret' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click();
  const second = (await page.getByRole('region', { name: 'Secret of batch-job' }).textContent()) ?? '';
  expect(second).not.toBe(secret);
  expect(await askForToken(canonicalUrl, 'batch-job', secret)).toBe(401);
  expect(await askForToken(canonicalUrl, 'batch-job', second)).toBe(200);

  await page.goto(`${canonicalUrl}/agents/batch-job`);
  await page.getByRole('button', { name: 'End all grants' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End them' }).click();
  await expect(
    page.getByText('None at present. It gets one with the first token that it asks for.'),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
  await page.waitForURL(`${canonicalUrl}/agents`);
  await expect(page.getByText('batch-job')).toHaveCount(0);
  expect(await askForToken(canonicalUrl, 'batch-job', second)).toBe(401);
});

test('what is wrong with an agent is said at its field', async ({ page, house, signInAs }) => {
  await signInAs(page, 'ada', '/agents/new');
  const clientId = page.getByLabel('Client id');
  await page.getByLabel('Name', { exact: true }).fill('Web app\u202e');
  await page.getByLabel('for people who agree to it').check();
  for (const refused of ['web/app', '.web-app', 'web app', 'wéb-app']) {
    await clientId.fill(refused);
    await page.getByRole('button', { name: 'Register it' }).click();
    await expect(clientId, refused).toHaveAccessibleDescription(/Only letters without accents, digits/);
    await expect(clientId).toBeFocused();
  }
  await expect(page.locator('main').getByRole('alert')).toHaveCount(0);
  await clientId.fill('web-app');
  const proof = page.getByLabel('It proves who it is with');
  const keys = page.getByLabel('Its public keys');
  await page.getByLabel('Redirect URIs').fill('javascript:alert(1)');
  await expect(keys).toHaveCount(0);
  await proof.selectOption('private_key_jwt');
  await page.getByRole('button', { name: 'Register it' }).click();
  await expect(keys).toBeFocused();
  await proof.selectOption('none');
  await page.getByRole('button', { name: 'Register it' }).click();
  await expect(page.locator('main')).toContainText(/character|direction|zero-width/i);
  await expect(page.getByLabel('Redirect URIs')).toHaveValue('javascript:alert(1)');
  await page.getByLabel('Name', { exact: true }).fill('Web app');
  await page.getByRole('button', { name: 'Register it' }).click();
  await expect(page.locator('main')).toContainText(/redirect/i);
  expect((await callApi(page, house.canonicalUrl, '/agents/web-app')).status).toBe(404);
});

test('an agent that waits is admitted on the list, and one more on the consent page', async ({
  page,
  browser,
  house,
  signInAs,
  startAgent,
  checkPage,
}) => {
  await house.apply([[['admission'], 'approval']]);
  try {
    const first = await startAgent('ledger', 'First <b>agent</b>');
    await signInAs(page, 'ada', '/agents');
    const waiting = page.getByRole('region', { name: /waits? to be admitted/ });
    await expect(waiting).toContainText('First <b>agent</b>');
    await expect(waiting.getByText('unverified name').first()).toBeVisible();
    await expect(waiting).toContainText(first.redirectHost);
    await checkPage(page);
    await waiting.getByRole('button', { name: 'Admit First' }).click();
    const question = page.getByRole('dialog', { name: /Admit First/ });
    await expect(question).toContainText(first.redirectHost);
    await question.getByRole('button', { name: 'Admit' }).click();
    await expect(page.getByRole('region', { name: /waits? to be admitted/ })).toHaveCount(0);
    await page.goto(`${house.canonicalUrl}/agents/${first.clientId}`);
    await checkPage(page);

    const alice = await (await browser.newContext()).newPage();
    await signInAs(alice, 'alice');
    await alice.goto(first.authorizationUrl);
    await allow(alice, first);
    await page.reload();
    await expect(page.getByText('Alice Adler').first()).toBeVisible();
    await alice.context().close();

    const second = await startAgent('ledger', 'Second agent');
    await page.goto(second.authorizationUrl);
    await page.getByRole('checkbox').check();
    await allow(page, second);
    await page.goto(`${house.canonicalUrl}/agents`);
    await expect(page.getByRole('row', { name: /Second agent/ })).toContainText('yes');
    await (await second.connect()).close();

    await page.getByRole('link', { name: 'Second agent' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
    await page.waitForURL(`${house.canonicalUrl}/agents`);
    await expect(page.getByRole('row', { name: /First/ })).toHaveCount(1);
    await expect(page.getByText('Second agent')).toHaveCount(0);
    await expect(second.connect()).rejects.toThrow();
  } finally {
    await house.apply();
  }
});

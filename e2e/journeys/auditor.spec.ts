/** An auditor's way: find, open, take away, and verify where nobody can help: on their own machine. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Download } from '@playwright/test';
import { runCountersign } from '../demo/programs.ts';
import { expect, test } from '../harness/browser.ts';
import { callOnce, callTool, letIn } from '../harness/let-agent-call.ts';

test('an auditor filters, opens bodies under a receipt of the reading, and takes a bundle away that verifies offline', async ({
  page,
  browser,
  house,
  signInAs,
  startAgent,
}, testInfo) => {
  const alice = await browser.newPage();
  await signInAs(alice, 'alice');
  const session = await letIn(alice, await startAgent('ledger', 'Audited agent'));
  for (let made = 0; made < 3; made += 1)
    await callTool(session, 'read_balance', { account: `audited-${made}` });
  const id = await callTool(session, 'post_entry', { account: 'audited', amount: 7, environment: 'dev' });
  await session.close();
  await alice.close();

  await signInAs(page, 'audrey', '/receipts');
  await page.getByText('By person, time, kind and id').click();
  await page
    .getByRole('combobox', { name: 'Person', exact: true })
    .selectOption({ label: 'Alice Adler (alice@acme.example)' });
  await page.getByRole('combobox', { name: 'Agent', exact: true }).selectOption({ label: 'Audited agent' });
  await page.getByRole('button', { name: 'Apply' }).click();
  // Whom one looks for is in the address by reference only.
  expect(page.url()).toMatch(/person=[A-Za-z0-9_-]{22}(&|$)/);
  expect(page.url()).not.toMatch(/alice/i);
  await page.getByRole('link', { name: 'post_entry' }).first().click();
  await expect(page).toHaveURL(`${house.canonicalUrl}/receipts/${id}`);
  await page.getByText('The policies that decided, as they were in version').click();
  await expect(page.locator('article')).toContainText('permit (');

  await page.getByRole('button', { name: 'Open the bodies' }).click();
  await expect(page.getByRole('region', { name: 'Arguments' }).first()).toContainText('"account": "audited"');
  await expect(page.getByRole('region', { name: 'Result' }).first()).toContainText('"content"');
  const kept = await fileOf(page.waitForEvent('download'), () =>
    page.getByRole('button', { name: 'Download Arguments' }).click(),
  );
  expect(JSON.parse(kept)).toMatchObject({ account: 'audited', amount: 7 });
  await page.getByRole('link', { name: 'Receipt of this reading' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Bodies read');
  await expect(page.locator('article')).toContainText('Audrey Ames');
  await expect(page.getByRole('link', { name: id })).toBeVisible();

  await page.goto(`${house.canonicalUrl}/receipts/${id}`);
  const proof = await fileOf(page.waitForEvent('download'), () =>
    page.getByRole('link', { name: 'Proof (.tlog-proof)' }).click(),
  );
  expect(proof).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex \d+\n/);
  const trust = testInfo.outputPath('trust.json');
  await writeFile(
    trust,
    await fileOf(page.waitForEvent('download'), () => page.getByRole('link', { name: 'Trust file' }).click()),
  );
  const ofOne = await fileOf(page.waitForEvent('download'), () =>
    page.getByRole('button', { name: 'Bundle with bodies' }).click(),
  );
  expect(ofOne).toContain('"arguments":{"account":"audited"');

  await page.goBack();
  await page.goto(`${house.canonicalUrl}/receipts?tool=read_balance`);
  const ofList = await fileOf(page.waitForEvent('download'), () =>
    page.getByRole('button', { name: 'Download as a bundle' }).click(),
  );
  await expect(page.getByText(/^The file holds \d+ receipts\.$/)).toBeVisible();

  const verify = async (name: string, text: string) => {
    const file = testInfo.outputPath(name);
    await writeFile(file, text);
    return await runCountersign(['verify', '--trust', trust, file], house.env);
  };
  for (const [name, text] of [
    ['one.json', ofOne],
    ['list.json', ofList],
  ] as const) {
    const valid = await verify(name, text);
    expect(valid.stdout).toMatch(/^VALID/);
    expect(valid.code).toBe(0);
    const tampered = await verify(`tampered-${name}`, text.replace(/("sd_jwt":"[^"]{600})(.)/, flip));
    expect(tampered.stdout).toMatch(/^INVALID/);
    expect(tampered.code).toBe(7);
  }
});

test('of an erased person the page says plainly what can’t be opened, and the receipt still verifies', async ({
  page,
  browser,
  house,
  signInAs,
  startAgent,
}) => {
  const bob = await browser.newPage();
  await signInAs(bob, 'bob');
  const id = await callOnce(bob, await startAgent('ledger', 'Agent of somebody'), 'gone');
  await bob.close();
  const args = ['erase', '--tenant', 'acme', '--person', 'bob@acme.example'];
  expect((await runCountersign(args, house.env)).code).toBe(0);

  await signInAs(page, 'audrey', `/receipts/${id}`);
  await expect(page.getByText('The person of this receipt was erased.')).toBeVisible();
  await expect(page.getByText('what was about the person, for whom the keys are destroyed')).toBeVisible();
  await expect(page.locator('article')).not.toContainText(/\bBob\b|bob@acme/);
  await expect(page.getByRole('button', { name: 'Open the bodies' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Verify in this browser' }).click();
  await expect(page.getByText('VALID', { exact: true })).toBeVisible();
});

async function fileOf(download: Promise<Download>, click: () => Promise<void>): Promise<string> {
  await click();
  return await readFile(await (await download).path(), 'utf8');
}

function flip(_whole: string, before: string, letter: string): string {
  return before + (letter === 'A' ? 'B' : 'A');
}

/** The verifier in a real browser: what it says of every golden vector, of a changed byte, and that it asks nobody. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../demo/programs.ts';
import { expect, type Page, test } from '../harness/browser.ts';
import { askFrom, callOnce } from '../harness/let-agent-call.ts';

const VECTORS = join(ROOT, 'lib/evidence/vectors/verdicts.jsonl');

interface Vector {
  readonly name: string;
  readonly bundle: string;
  readonly trust?: string;
  readonly verdict: string;
  readonly check?: string;
}

async function readVectors(): Promise<readonly Vector[]> {
  const lines = (await readFile(VECTORS, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Vector);
}

/** The bundle with one bit of the outcome's signature changed. */
function flipSignature(text: string): string {
  const bundle = JSON.parse(text) as { receipts: { sd_jwt?: string }[] };
  for (const receipt of bundle.receipts) {
    if (receipt.sd_jwt === undefined) continue;
    const [jwt = '', ...disclosures] = receipt.sd_jwt.split('~');
    const [header, payload, signature = ''] = jwt.split('.');
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    receipt.sd_jwt = [`${header}.${payload}.${flipped}`, ...disclosures].join('~');
  }
  return JSON.stringify(bundle);
}

/** Where the page's own worker was loaded from. */
async function watchWorker(page: Page): Promise<() => Promise<string>> {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as { Worker: typeof Worker; workerUrls: string[] };
    scope.workerUrls = [];
    const Original = scope.Worker;
    scope.Worker = class extends Original {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        scope.workerUrls.push(String(url));
      }
    };
  });
  return async () => {
    await expect
      .poll(() => page.evaluate(() => (globalThis as unknown as { workerUrls: string[] }).workerUrls.length))
      .toBeGreaterThan(0);
    return await page.evaluate(() => (globalThis as unknown as { workerUrls: string[] }).workerUrls[0] ?? '');
  };
}

test('the browser comes to the verdict of every golden vector, by the same check', async ({
  page,
  signInAs,
}) => {
  const vectors = await readVectors();
  expect(vectors.length).toBeGreaterThan(200);
  const workerUrl = await watchWorker(page);
  await signInAs(page, 'alice', '/receipts/verify');
  const url = await workerUrl();
  const found = await page.evaluate(
    async ([from, cases]) => {
      const worker = new Worker(from);
      const ask = (request: object) =>
        new Promise<{ verdict: string; checks: { name: string; state: string }[] }>((resolve, reject) => {
          worker.addEventListener('message', ({ data }) => resolve(data as never), { once: true });
          worker.addEventListener('error', () => reject(new Error('the worker failed')), { once: true });
          worker.postMessage(request);
        });
      const answers = [];
      for (const { bundle, trust } of cases) {
        const { verdict, checks } = await ask({ bundle, trust });
        answers.push({
          verdict,
          wrong: checks.filter(({ state }) => state !== 'passed').map(({ name }) => name),
        });
      }
      worker.terminate();
      return answers;
    },
    [url, vectors] as const,
  );
  for (const [at, { name, verdict, check }] of vectors.entries()) {
    expect(found[at]?.verdict, name).toBe(verdict);
    if (check !== undefined) expect(found[at]?.wrong, name).toContain(check);
  }
});

test('one byte changed on the way makes a receipt INVALID, and the page says which check failed', async ({
  page,
  house,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  const id = await callOnce(page, await startAgent('ledger', 'Tampered agent'));
  await page.goto(`${house.canonicalUrl}/receipts/${id}`);
  const { text } = await askFrom(page, `/api/v1/receipts/${id}/bundle`);
  await page.route('**/api/v1/receipts/*/bundle', async (route) => {
    await route.fulfill({ contentType: 'application/json', body: flipSignature(text) });
  });
  await page.getByRole('button', { name: 'Verify in this browser' }).click();
  await expect(page.getByText('INVALID', { exact: true })).toBeVisible();
  const failed = page.locator('[data-state="failed"]');
  await expect(failed.and(page.locator('[data-check="signature"]'))).toContainText('did not sign this');
  await expect(failed.first()).toBeVisible();
  // The same page, unchanged bytes: VALID again.
  await page.unroute('**/api/v1/receipts/*/bundle');
  await page.getByRole('button', { name: 'Verify again' }).click();
  await expect(page.getByText('VALID', { exact: true })).toBeVisible();
});

test('a reader’s own trust file is compared with what the server names, and convicts a server that forged both', async ({
  page,
  house,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  const id = await callOnce(page, await startAgent('ledger', 'Pinned agent'));
  await page.goto(`${house.canonicalUrl}/receipts/${id}`);
  const { text: pinned } = await askFrom(page, '/log/trust.json');
  const choose = async (trust: string) => {
    const file = { name: 'trust.json', mimeType: 'application/json', buffer: Buffer.from(trust) };
    await page.getByLabel('Your own trust file').setInputFiles(file);
  };
  await choose(pinned);
  await expect(page.getByText('VALID', { exact: true })).toBeVisible();
  await expect(page.getByText('Verified against your own trust file.')).toBeVisible();
  await expect(page.getByText('this server names it too').first()).toBeVisible();

  // Somebody else's log under the same name: what this server shows does not stand in it.
  const other = (await readVectors()).find(
    ({ verdict, trust }) => verdict === 'VALID' && trust !== undefined,
  )!;
  await choose(other.trust!);
  await expect(page.getByText('UNVERIFIABLE', { exact: true })).toBeVisible();
  await expect(page.getByText('this server does not name it').first()).toBeVisible();
});

test('a bundle from a file verifies without a request, also when the network is gone', async ({
  page,
  context,
  house,
  signInAs,
  startAgent,
  checkPage,
}) => {
  await signInAs(page, 'alice');
  const id = await callOnce(page, await startAgent('ledger', 'Offline agent'));
  await page.goto(`${house.canonicalUrl}/receipts/verify`);
  const { text: bundle } = await askFrom(page, `/api/v1/receipts/${id}/bundle`);
  const { text: trust } = await askFrom(page, '/log/trust.json');
  await checkPage(page);
  await page.waitForLoadState('networkidle');
  const requests: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  await context.setOffline(true);
  const field = (name: string) => page.getByLabel(name, { exact: true });
  const json = (name: string, text: string) => ({
    name,
    mimeType: 'application/json',
    buffer: Buffer.from(text),
  });
  const verify = page.getByRole('button', { name: 'Verify', exact: true });
  await field('Bundle').setInputFiles(json('bundle.json', bundle));
  await verify.click();
  await expect(page.getByText('UNVERIFIABLE', { exact: true })).toBeVisible();
  await field('Trust file').setInputFiles(json('trust.json', trust));
  await verify.click();
  await expect(page.getByText('VALID', { exact: true })).toBeVisible();
  const changed = bundle.replace(/index (\d+)\\n/, 'index 1$1\\n');
  expect(changed).not.toBe(bundle);
  await field('Bundle').setInputFiles(json('changed.json', changed));
  await verify.click();
  await expect(page.getByText('INVALID', { exact: true })).toBeVisible();
  expect(requests.filter((url) => !url.startsWith('blob:'))).toEqual([]);
  await context.setOffline(false);
});

test('a large bundle leaves the page alive while it is verified', async ({
  page,
  house,
  signInAs,
  startAgent,
}) => {
  await signInAs(page, 'alice');
  const id = await callOnce(page, await startAgent('ledger', 'Large agent'));
  await page.goto(`${house.canonicalUrl}/receipts/verify`);
  const { text } = await askFrom(page, `/api/v1/receipts/${id}/bundle`);
  const one = JSON.parse(text) as { receipts: unknown[] };
  // The same receipts many times over: INVALID, and each signature is work all the same.
  const many = JSON.stringify({ ...one, receipts: Array.from({ length: 400 }, () => one.receipts).flat() });
  await page.waitForLoadState('networkidle');
  const file = { name: 'large.json', mimeType: 'application/json', buffer: Buffer.from(many) };
  await page.getByLabel('Bundle', { exact: true }).setInputFiles(file);
  await page.evaluate(() => {
    const scope = globalThis as unknown as { frames_: number };
    scope.frames_ = 0;
    const count = () => {
      scope.frames_ += 1;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Verifying…' })).toBeVisible();
  const frames = () => page.evaluate(() => (globalThis as unknown as { frames_: number }).frames_);
  const before = await frames();
  await expect.poll(frames).toBeGreaterThan(before + 3);
  await expect(page.getByText('INVALID', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('[data-check="uniqueness"]')).toHaveAttribute('data-state', 'failed');
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBrowser, type HttpBrowser } from '../fixtures/http-browser.ts';
import type { Journey, ReceiptLine } from './journey-types.ts';
import { expectThat } from './narrator.ts';
import { runCountersign } from './programs.ts';
import type { DemoStack } from './stack.ts';

/** What an auditor does with it all: read, bundle, verify offline, tamper; and what an erasure leaves. */
export async function showEvidence(journey: Journey): Promise<void> {
  const { stack, narrator, result } = journey;
  const bundle = join(stack.dataDir, 'demo-bundle.json');
  const trust = join(stack.dataDir, 'demo-trust.json');
  await narrator.step('read', 'Audrey, an auditor, reads the receipts with their bodies', async (say) => {
    const audrey = createBrowser();
    await audrey.open(`${stack.canonicalUrl}/receipts`);
    const page = await audrey.submit({ email: 'audrey@acme.example' });
    expectThat(page.status === 200 && page.text.includes('Receipts'), 'Audrey sees the list');
    result.receipts = await fetchReceipts(stack, audrey, journey.startedSeconds);
    for (const { kind, tool, effect, status } of result.receipts)
      say([kind, tool, effect, status].filter(Boolean).join('  '));
    const call = result.receipts.find(({ tool, status }) => tool === 'post_entry' && status === 'ok');
    expectThat(call, 'the allowed call is among them');
    const bodies = await openBodies(stack, audrey, call.id);
    expectThat(JSON.stringify(bodies).includes('travel'), 'the bodies hold what was written');
    say(`bodies of ${call.id}: ${JSON.stringify(bodies).slice(0, 300)}`);
  });
  await narrator.step('verify', 'A bundle is made and verified offline', async (say) => {
    const ids = result.receipts.map(({ id }) => id).join(',');
    const made = await countersign(stack, [
      'bundle',
      '--tenant',
      'acme',
      '--receipts',
      ids,
      '--bodies',
      '--out',
      bundle,
      '--trust',
      trust,
    ]);
    expectThat(made.code === 0, `the bundle is made (${made.stderr})`);
    result.bundle = bundle;
    result.trust = trust;
    const verified = await countersign(stack, ['verify', '--trust', trust, bundle]);
    expectThat(
      verified.code === 0 && verified.stdout.includes('VALID'),
      `the verdict is VALID:\n${verified.stdout}`,
    );
    say(verdictOf(verified.stdout));
  });
  await narrator.step('tamper', 'One byte is changed, and then nothing is trusted', async (say) => {
    const tampered = join(stack.dataDir, 'demo-bundle-tampered.json');
    await writeFile(tampered, flipOneByte(await readFile(bundle, 'utf8')));
    const refused = await countersign(stack, ['verify', '--trust', trust, tampered]);
    expectThat(refused.code !== 0 && refused.stdout.includes('INVALID'), 'the changed bundle is INVALID');
    say(verdictOf(refused.stdout));
    const untrusted = await countersign(stack, ['verify', bundle]);
    expectThat(
      untrusted.code !== 0 && untrusted.stdout.includes('UNVERIFIABLE'),
      'without --trust it is UNVERIFIABLE',
    );
    say(untrusted.stdout.split('\n')[0] ?? '');
  });
  await narrator.step(
    'erase',
    'Alice is erased: her receipts still prove themselves, and say nothing about her',
    async (say) => {
      const erased = await countersign(stack, [
        'erase',
        '--tenant',
        'acme',
        '--person',
        'alice@acme.example',
      ]);
      expectThat(erased.code === 0, `Alice is erased (${erased.stderr})`);
      say(erased.stdout.trim());
      const after = join(stack.dataDir, 'demo-bundle-erased.json');
      const ids = result.receipts.map(({ id }) => id).join(',');
      const made = await countersign(stack, [
        'bundle',
        '--tenant',
        'acme',
        '--receipts',
        ids,
        '--bodies',
        '--out',
        after,
      ]);
      expectThat(made.code === 0, `a fresh bundle is made (${made.stderr})`);
      const text = await readFile(after, 'utf8');
      expectThat(
        !disclosed(text).includes('alice@acme.example') && !disclosed(text).includes('Alice'),
        'it does not open her name',
      );
      const verified = await countersign(stack, ['verify', '--trust', trust, after]);
      expectThat(verified.code === 0, `its signatures and proofs still verify:\n${verified.stdout}`);
      say(verified.stdout.split('\n')[0] ?? '');
    },
  );
}

const countersign = (stack: DemoStack, args: readonly string[]) => runCountersign(args, stack.env);

async function fetchReceipts(
  { canonicalUrl }: DemoStack,
  browser: HttpBrowser,
  from: number,
): Promise<ReceiptLine[]> {
  const receipts: ReceiptLine[] = [];
  let after: string | undefined;
  do {
    const url = `${canonicalUrl}/api/v1/receipts?limit=100&from=${from}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
    const response = await fetch(url, { headers: { cookie: browser.cookies(url) } });
    expectThat(response.ok, `the API lists receipts (${response.status})`);
    const page = (await response.json()) as { receipts: ReceiptLine[]; next?: string };
    receipts.push(...page.receipts);
    after = page.next;
  } while (after !== undefined);
  return receipts.map(({ id, kind, tool, effect, status }) => ({
    id,
    kind,
    ...(tool === undefined ? {} : { tool }),
    ...(effect === undefined ? {} : { effect }),
    ...(status === undefined ? {} : { status }),
  }));
}

async function openBodies({ canonicalUrl }: DemoStack, browser: HttpBrowser, id: string): Promise<unknown> {
  const session = await fetch(`${canonicalUrl}/api/v1/session`, {
    headers: { cookie: browser.cookies(canonicalUrl) },
  });
  const { csrf_token: token } = (await session.json()) as { csrf_token: string };
  const url = `${canonicalUrl}/api/v1/receipts/${id}/bodies`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { cookie: browser.cookies(url), 'x-csrf-token': token, origin: new URL(canonicalUrl).origin },
  });
  expectThat(response.ok, `the bodies open for an auditor (${response.status})`);
  return response.json();
}

/** The verdict and its checks, without the line per receipt: `countersign verify` prints them all. */
function verdictOf(output: string): string {
  return output
    .split('\n')
    .filter((line) => /^(VALID|INVALID|UNVERIFIABLE|Log )|^ +(passed|FAILED|failed|not made) /.test(line))
    .join('\n');
}

/** Another character in the middle of the first receipt's signature. */
function flipOneByte(bundle: string): string {
  const at = bundle.indexOf('"sd_jwt":"') + 200;
  return bundle.slice(0, at) + (bundle[at] === 'A' ? 'B' : 'A') + bundle.slice(at + 1);
}

/** Everything the bundle discloses, decoded, in one text. */
function disclosed(bundle: string): string {
  const { receipts } = JSON.parse(bundle) as {
    receipts: { sd_jwt?: string; disclosures?: string[]; body?: unknown }[];
  };
  return receipts
    .map(({ sd_jwt: sdJwt, disclosures, body }) => {
      const all = [...(sdJwt?.split('~').slice(1) ?? []), ...(disclosures ?? [])];
      return all.map((text) => Buffer.from(text, 'base64url').toString()).join() + JSON.stringify(body ?? '');
    })
    .join();
}

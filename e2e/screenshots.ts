/**
 * `npm run screenshots`: every page of the product, in both themes, into docs/images. A new page adds one line to PAGES.
 *   -- <name>…                      these alone
 *   -- --width 390 --into <folder>  as it looks on a phone, somewhere else
 */
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from '@playwright/test';
import { findBrowser } from '../bin/setup/browser.mjs';
import { ROOT } from './demo/programs.ts';
import { type PersonName, signIn } from './harness/browser.ts';
import { startEverythingServer } from './fixtures/everything-server.ts';
import { callApi } from './harness/call-api.ts';
import { type House, startHouse } from './harness/house.ts';
import { allow } from './harness/let-agent-call.ts';
import { startWaitingAgent, type WaitingAgent } from './harness/waiting-agent.ts';

interface Place {
  /** The picture is docs/images/<name>-light.png and -dark.png. */
  readonly name: string;
  /** Whose console it is; a page for everybody has nobody. */
  readonly as?: PersonName;
  /** Below the tenant's address, or how to get there. */
  readonly path: string | ((scene: Scene) => string | Promise<string>);
  /** What is done on the page before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

/** What has happened before the pictures: an agent that Alice let in, its calls, and one that waits for her answer. */
interface Scene {
  readonly house: House;
  readonly callReceipt: string;
  /** The client id of the agent that called. */
  readonly caller: string;
  readonly waiting: WaitingAgent;
}

const PAGES: readonly Place[] = [
  { name: 'choose', path: ({ house }) => house.rootUrl },
  { name: 'sign-in-problem', path: '/sso/error?kind=groups-missing&reference=Zk3xQ7bT0mWc9Lr2' },
  { name: 'signed-out', path: '/sso/signed-out' },
  { name: 'sign-out-everywhere', as: 'alice', path: '/sso/everywhere' },
  { name: 'consent', as: 'alice', path: ({ waiting }) => waiting.authorizationUrl },
  { name: 'connections', as: 'alice', path: '/connections' },
  { name: 'connect', as: 'alice', path: '/servers/ledger' },
  { name: 'receipts', as: 'audrey', path: '/receipts' },
  { name: 'receipt', as: 'alice', path: ({ callReceipt }) => `/receipts/${callReceipt}` },
  {
    name: 'receipt-verified',
    as: 'alice',
    path: ({ callReceipt }) => `/receipts/${callReceipt}`,
    act: verifyReceipt,
  },
  { name: 'verify', as: 'audrey', path: '/receipts/verify' },
  { name: 'servers', as: 'ada', path: '/servers' },
  { name: 'server', as: 'ada', path: '/servers/staging' },
  { name: 'server-new', as: 'ada', path: '/servers/new', act: lookAtServer },
  { name: 'definitions', as: 'ada', path: '/servers/staging/definitions', act: seeWhatItOffers },
  { name: 'server-settings', as: 'ada', path: '/servers/staging/settings' },
  { name: 'policies', as: 'ada', path: '/policies' },
  { name: 'policy', as: 'ada', path: '/policies/no-large-entries', act: seeItChecked },
  { name: 'policy-new', as: 'ada', path: '/policies/new', act: mistype },
  { name: 'policy-test', as: 'ada', path: '/policies/test', act: askPolicies },
  { name: 'policy-versions', as: 'ada', path: '/policies/versions' },
  { name: 'policy-version', as: 'ada', path: '/policies/versions/2' },
  { name: 'people', as: 'ada', path: '/people' },
  { name: 'person', as: 'ada', path: '/people', act: openAlice },
  { name: 'agents', as: 'ada', path: '/agents' },
  { name: 'agent', as: 'ada', path: '/agents/nightly-report' },
  { name: 'agent-self-registered', as: 'ada', path: ({ caller }) => `/agents/${caller}` },
  { name: 'agent-new', as: 'ada', path: '/agents/new' },
  { name: 'keys', as: 'audrey', path: '/keys' },
  { name: 'settings', as: 'ada', path: '/settings' },
  { name: 'sign-in', as: 'ada', path: '/settings/sign-in' },
  { name: 'sign-in-test', as: 'ada', path: '/settings/sign-in', act: testSignIn },
  // Last of all: nobody can sign in after it.
  { name: 'sign-in-moved', as: 'ada', path: moveProvider, act: noticeTheMove },
];

/** A policy that the console keeps, beside those of the file. */
const OWN_POLICY = {
  id: 'no-large-entries',
  text: `@reason("Entries above 10 000 are posted by the controllers.")
forbid (
  principal,
  action == Action::"tools/call",
  resource == Tool::"ledger/post_entry"
)
when { context.arguments.amount > 10000 };
`,
};

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1280' },
    into: { type: 'string', default: join(ROOT, 'docs/images') },
  },
});
const FOLDER = resolve(options.into);
const SIZE = { width: Number(options.width), height: 800 };
/** Beyond this a page goes on in its own manner. */
const HEIGHT_MAX = 1_200;

const agents: WaitingAgent[] = [];
const profiles = new Map<PersonName | undefined, Page>();
const house = await startHouse();
const staging = await startEverythingServer();
const browser = await chromium.launch({ executablePath: findBrowser() ?? '', chromiumSandbox: false });
try {
  const scene = await setScene(browser);
  agents.push(scene.waiting);
  for (const place of PAGES) {
    if (wanted.length > 0 && !wanted.includes(place.name)) continue;
    await picture(await pageOf(browser, place.as), scene, place);
  }
} finally {
  for (const agent of agents) await agent.stop();
  await browser.close();
  await staging.stop();
  await house.stop();
}

/** Alice lets an agent in, it calls a few tools, one of them in vain; another agent then waits for her. */
async function setScene(chrome: Browser): Promise<Scene> {
  const page = await pageOf(chrome, 'alice');
  const agent = await startWaitingAgent(`${house.canonicalUrl}/mcp/ledger`, 'Claude Code');
  await page.goto(agent.authorizationUrl);
  await allow(page, agent);
  const session = await agent.connect();
  const call = (name: string, args: Record<string, unknown>) =>
    session.client.callTool({ name, arguments: args });
  await call('read_balance', { account: 'travel' });
  const entry = { account: 'travel', amount: 4200 };
  await call('post_entry', { ...entry, environment: 'prod' });
  const answer = await call('post_entry', { ...entry, environment: 'dev' });
  await session.close();
  await agent.stop();
  const receipt = answer._meta?.['dev.countersign/receipt'] as { id: string };
  await keepSomething(await pageOf(chrome, 'ada'));
  const waiting = await startWaitingAgent(`${house.canonicalUrl}/mcp/ledger`, 'Month-end helper');
  return { house, callReceipt: receipt.id, caller: agent.clientId, waiting };
}

/** What a tenant's admin made in the console: a policy, and a server that is not approved yet. */
async function keepSomething(page: Page): Promise<void> {
  const { id, text } = OWN_POLICY;
  const server = {
    id: 'staging',
    title: 'Everything, staging',
    url: staging.url,
    credential: { user: 'none', agent: 'none' },
    email: false,
    allow_methods: [],
    without_attempt: [],
    timeout_seconds: 30,
  };
  const create = { method: 'PUT', headers: { 'if-none-match': '*' } } as const;
  const saved = [
    await callApi(page, house.canonicalUrl, `/policies/${id}`, { ...create, body: { text } }),
    await callApi(page, house.canonicalUrl, '/servers/staging', { ...create, body: server }),
  ];
  for (const { status, body } of saved) if (status !== 201) throw new Error(JSON.stringify(body));
}

async function verifyReceipt(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Verify in this browser' }).click();
  await page.getByText('VALID', { exact: true }).first().waitFor();
}

async function lookAtServer(page: Page): Promise<void> {
  await page.getByLabel('URL', { exact: true }).fill(staging.url);
  await page.getByLabel('Id', { exact: true }).fill('reference');
  await page.getByLabel('Title', { exact: true }).fill('The reference server');
  await page.getByLabel('What goes out for people’s agents').selectOption('none');
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('heading', { name: '2. What it offers' }).waitFor();
}

async function seeWhatItOffers(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Tick all' }).waitFor();
}

async function seeItChecked(page: Page): Promise<void> {
  await page.getByText('No problems').waitFor();
}

async function mistype(page: Page): Promise<void> {
  await page.getByLabel('Id', { exact: true }).fill('no-echo');
  await page.getByLabel('Cedar text').fill(OWN_POLICY.text.replace('post_entry', 'post_entries'));
  await page.getByRole('button', { name: /^Line / }).waitFor();
}

async function askPolicies(page: Page): Promise<void> {
  await page.getByLabel('Groups').fill('engineering');
  await page.getByLabel('Server').selectOption('ledger');
  await page.getByLabel('Tool', { exact: true }).selectOption('post_entry');
  const entry = { account: 'travel', amount: 25_000, environment: 'prod' };
  await page.getByLabel('Arguments').fill(JSON.stringify(entry));
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByText('What the person may').waitFor();
}

async function openAlice(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Alice Adler' }).click();
  await page.getByRole('heading', { level: 1, name: 'Alice Adler' }).waitFor();
}

async function testSignIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Test the saved settings' }).click();
  await page.locator('button[value="ada@acme.example"]').click();
  await page.getByRole('heading', { level: 1, name: 'What the test sign-in showed' }).waitFor();
}

/** The provider's settings are no file's any more, and it says that it is elsewhere. */
async function moveProvider({ house: { apply, provider } }: Scene): Promise<string> {
  await apply([
    [['identity_provider'], undefined],
    [['roles'], undefined],
  ]);
  await provider.endpoints.move();
  return '/settings/sign-in';
}

async function noticeTheMove(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Test the saved settings' }).click();
  await page.locator('main').getByRole('alert').waitFor();
  await page.reload();
}

async function picture(page: Page, scene: Scene, place: Place): Promise<void> {
  const path = typeof place.path === 'string' ? place.path : await place.path(scene);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto(path.startsWith('/') ? scene.house.canonicalUrl + path : path);
    await place.act?.(page);
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    const { height } = await page.locator('body').evaluate((body) => body.getBoundingClientRect());
    const clip = {
      x: 0,
      y: 0,
      width: SIZE.width,
      height: Math.min(Math.max(height, SIZE.height), HEIGHT_MAX),
    };
    const file = join(FOLDER, `${place.name}-${colorScheme}.png`);
    await page.screenshot({ path: file, fullPage: true, clip });
    process.stdout.write(`${relative(ROOT, file)}\n`);
  }
}

/** One browser profile per person, signed in once: every sign-in is a receipt in the pictures. */
async function pageOf(chrome: Browser, person: PersonName | undefined): Promise<Page> {
  const known = profiles.get(person);
  if (known !== undefined) return known;
  const page = await chrome.newPage({ viewport: SIZE });
  if (person !== undefined) await signIn(page, house, person, '/connections');
  profiles.set(person, page);
  return page;
}

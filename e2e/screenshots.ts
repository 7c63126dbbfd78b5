/** `npm run screenshots`: every page of the product, in both themes, into docs/images. A new page adds one line to PAGES. */
import { join } from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';
import { findBrowser } from '../bin/setup/browser.mjs';
import { ROOT } from './demo/programs.ts';
import { type PersonName, signIn } from './harness/browser.ts';
import { type House, startHouse } from './harness/house.ts';
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
  readonly waiting: WaitingAgent;
}

const PAGES: readonly Place[] = [
  { name: 'choose', path: ({ house }) => house.rootUrl },
  { name: 'sign-in-problem', path: '/sso/error?kind=groups-missing' },
  { name: 'consent', as: 'alice', path: ({ waiting }) => waiting.authorizationUrl },
  { name: 'connections', as: 'alice', path: '/connections' },
  { name: 'servers', as: 'ada', path: '/servers' },
  { name: 'connect', as: 'alice', path: '/servers/ledger' },
  { name: 'agents', as: 'ada', path: '/agents' },
  { name: 'keys', as: 'audrey', path: '/keys' },
  { name: 'settings', as: 'ada', path: '/settings' },
  { name: 'receipts', as: 'audrey', path: '/receipts' },
  { name: 'receipt', as: 'alice', path: ({ callReceipt }) => `/receipts/${callReceipt}` },
];

const FOLDER = join(ROOT, 'docs/images');
const SIZE = { width: 1280, height: 800 };

const agents: WaitingAgent[] = [];
const profiles = new Map<PersonName | undefined, Page>();
const house = await startHouse();
const browser = await chromium.launch({ executablePath: findBrowser() ?? '', chromiumSandbox: false });
try {
  const wanted = process.argv.slice(2);
  const scene = await setScene(browser);
  agents.push(scene.waiting);
  for (const place of PAGES) {
    if (wanted.length > 0 && !wanted.includes(place.name)) continue;
    await picture(await pageOf(browser, place.as), scene, place);
  }
} finally {
  for (const agent of agents) await agent.stop();
  await browser.close();
  await house.stop();
}

/** Alice lets an agent in, it calls a few tools, one of them in vain; another agent then waits for her. */
async function setScene(chrome: Browser): Promise<Scene> {
  const page = await pageOf(chrome, 'alice');
  const agent = await startWaitingAgent(`${house.canonicalUrl}/mcp/ledger`, 'Claude Code');
  await page.goto(agent.authorizationUrl);
  await page.getByRole('button', { name: 'Allow' }).click();
  await agent.authorized;
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
  const waiting = await startWaitingAgent(`${house.canonicalUrl}/mcp/ledger`, 'Month-end helper');
  return { house, callReceipt: receipt.id, waiting };
}

async function picture(page: Page, scene: Scene, place: Place): Promise<void> {
  const path = typeof place.path === 'string' ? place.path : await place.path(scene);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto(path.startsWith('/') ? scene.house.canonicalUrl + path : path);
    await place.act?.(page);
    await page.screenshot({ path: join(FOLDER, `${place.name}-${colorScheme}.png`), fullPage: true });
    process.stdout.write(`docs/images/${place.name}-${colorScheme}.png\n`);
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

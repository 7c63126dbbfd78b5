/**
 * What a journey has in hand: `house` (the demo company's instance, one for all journeys of a run), `signInAs` through the
 * demo identity provider, `startAgent`, and `checkPage`, which every page has to pass in both themes.
 */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test as base } from '@playwright/test';
import { type House, startHouse } from './house.ts';
import { startWaitingAgent, type WaitingAgent } from './waiting-agent.ts';

export { expect, type Page };

/** People of the demo company: an engineer, support, an auditor, an admin. */
export type PersonName = 'alice' | 'bob' | 'audrey' | 'ada';

export type SignInAs = (page: Page, name: PersonName, path?: string) => Promise<void>;

interface JourneyFixtures {
  /** Opens a page of the console as this person; ends there, after sign-in where that is needed. */
  readonly signInAs: SignInAs;
  /** An agent that waits for somebody to let it in. Ends with the test. */
  readonly startAgent: (server: string, name?: string) => Promise<WaitingAgent>;
  /** No violation that axe finds, in light and dark; no script error, nothing that the CSP had to stop. */
  readonly checkPage: (page: Page) => Promise<void>;
}

export const test = base.extend<JourneyFixtures, { readonly house: House }>({
  house: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads a fixture's needs off its parameters
    async ({}, use) => {
      const house = await startHouse();
      await use(house);
      await house.stop();
    },
    { scope: 'worker', timeout: 150_000 },
  ],
  signInAs: async ({ house }, use) => {
    await use((page, name, path = '/connections') => signIn(page, house, name, path));
  },
  startAgent: async ({ house }, use) => {
    const agents: WaitingAgent[] = [];
    await use(async (server, name) => {
      const agent = await startWaitingAgent(`${house.canonicalUrl}/mcp/${server}`, name);
      agents.push(agent);
      return agent;
    });
    for (const agent of agents) await agent.stop();
  },
  page: async ({ page }, use) => {
    const complaints = watchConsole(page);
    await use(page);
    expect(complaints, 'script errors and what the CSP stopped').toEqual([]);
  },
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads a fixture's needs off its parameters
  checkPage: async ({}, use) => {
    await use(checkAccessibility);
  },
});

/** From whatever page that was asked for, through the provider, and back to it. */
export async function signIn(page: Page, house: House, name: PersonName, path: string): Promise<void> {
  const wanted = house.canonicalUrl + path;
  await page.goto(wanted);
  if (page.url().startsWith(house.identityProvider)) {
    await page.locator(`button[value="${name}@acme.example"]`).click();
  }
  await page.waitForURL(wanted);
}

async function checkAccessibility(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(({ html }) => html),
    }));
    expect(found, `axe, ${colorScheme}, ${page.url()}`).toEqual([]);
  }
}

/** A page that a person asked for in vain is an answer, not a complaint; so is the provider's missing icon. */
function watchConsole(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
    complaints.push(message.text());
  });
  return complaints;
}

/** The suite's three ways of testing, each against Countersign. */
import { freePort } from '../harness/free-port.ts';
import { registerClient } from '../../lib/oauth/testing/drive-client.ts';
import { type Comparison, compareRuns, countChecks, type Counts, problemsOf } from './compare.ts';
import type { Site } from './site.ts';
import { requiredScenarios, type Revision, type ScenarioRun, runSuite } from './suite.ts';
import { startTokenShim } from './token-shim.ts';

export interface Single {
  readonly scenario: string;
  readonly counts: Counts;
  readonly problems: readonly string[];
  /** Why it does not concern Countersign. */
  readonly notApplicable?: string;
}

const DRIVER = `${process.execPath} --disable-warning=ExperimentalWarning ${new URL('drive-upstream.ts', import.meta.url).pathname}`;
const NO_OAUTH_UPSTREAM =
  'the server wants a token of its own authorization server, and Countersign sends minted ones or none so far';
const NO_WORD =
  'older revisions have no error for a capability that the client lacks: the server answers in words';
const NO_NAME = 'servers of older revisions give their questions no names';
/** What a client of 2026-07-28 finds otherwise where the server behind Countersign knows sessions alone. */
export const APART_WITH_SESSIONS: ReadonlyMap<string, string> = new Map([
  ['sep-2575-server-rejects-undeclared-capability', NO_WORD],
  ['sep-2575-missing-capability-http-400', NO_WORD],
  ['sep-2322-elicitation-incomplete', NO_NAME],
  ['sep-2322-elicitation-complete', NO_NAME],
  ['sep-2322-ignore-unexpected-params', NO_NAME],
]);
/** A driver signs two people in, and its machine may be busy. */
const DRIVER_MS_MAX = 120_000;
/** Several scenarios at once: each waits most of its time. */
const AT_ONCE = 3;

/** The scenarios that a revision requires of a server. */
export async function runServerSet(url: string, revision: Revision): Promise<readonly ScenarioRun[]> {
  const { scenarios, output } = await runSuite(['server', '--url', url, '--requirements', revision]);
  if (scenarios.length === 0) throw new Error(`the suite left no results:\n${output}`);
  return scenarios;
}

/** The same through Countersign, with a token that a shim adds. */
export async function runServerSetThrough(
  site: Site,
  server: string,
  revision: Revision,
): Promise<readonly ScenarioRun[]> {
  const shim = await startTokenShim(site.resource(server), await site.token(server));
  try {
    return await runServerSet(shim.url, revision);
  } finally {
    await shim.stop();
  }
}

export async function compareServerSets(
  direct: string,
  site: Site,
  server: string,
  revision: Revision,
  {
    apart,
    also = [],
  }: { readonly apart?: ReadonlyMap<string, string>; readonly also?: readonly string[] } = {},
): Promise<Comparison[]> {
  const required = [...(await requiredScenarios(revision, 'server')), ...also];
  const through = await runServerSetThrough(site, server, revision);
  return compareRuns(required, await runServerSet(direct, revision), through, apart);
}

/** Countersign as the client of the suite's servers, scenario by scenario. */
export async function runClientSet(site: Site, revision: Revision): Promise<Single[]> {
  const waiting = [...(await requiredScenarios(revision, 'client'))];
  const results = new Map<string, Single>();
  const work = async () => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift())
      results.set(scenario, await runClientScenario(site, revision, scenario));
  };
  const order = [...waiting];
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return order.flatMap((scenario) => results.get(scenario) ?? []);
}

async function runClientScenario(site: Site, revision: Revision, scenario: string): Promise<Single> {
  if (scenario.startsWith('auth/'))
    return { scenario, counts: countChecks([]), problems: [], notApplicable: NO_OAUTH_UPSTREAM };
  const { code, output, scenarios } = await runSuite(
    [
      ...['client', '--command', DRIVER, '--timeout', String(DRIVER_MS_MAX)],
      ...['--scenario', scenario, '--spec-version', revision],
    ],
    { env: { COUNTERSIGN_URL: site.canonicalUrl } },
  );
  return summarise(scenario, scenarios, code, output);
}

/** Our own authorization server, with a client whose user is sent to the hosted pages. */
export async function runAuthorization(site: Site, server: string): Promise<Single[]> {
  const port = await freePort();
  const { client_id: clientId } = await registerClient(site, {
    redirect_uris: [`http://127.0.0.1:${port}/callback`],
  });
  let answered: Promise<string> | undefined;
  const { code, output, scenarios } = await runSuite(
    [
      ...['authorization', '--url', site.canonicalUrl, '--client-id', clientId],
      ...['--resource', site.resource(server), '--port', String(port)],
    ],
    {
      watch: (said) => {
        const asked = /^http\S+\/oauth\/authorize\?\S+$/m.exec(said)?.[0];
        if (asked !== undefined) answered ??= site.letIn(asked);
      },
    },
  );
  await answered;
  return scenarios.map(({ scenario }) => summarise(scenario, scenarios, code, output));
}

function summarise(
  scenario: string,
  scenarios: readonly ScenarioRun[],
  code: number | null,
  output: string,
): Single {
  const checks = scenarios.find((run) => run.scenario === scenario)?.checks ?? [];
  const problems = problemsOf(checks, 'Countersign');
  const ended =
    code === 0 || problems.length > 0 ? [] : [`the suite ended with ${code}: ${output.slice(-1_000)}`];
  return { scenario, counts: countChecks(checks), problems: [...problems, ...ended] };
}

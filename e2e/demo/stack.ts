import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startEverythingServer } from '../fixtures/everything-server.ts';
import { type IdentityProviderFixture, startIdentityProvider } from '../fixtures/identity-provider.ts';
import { type LedgerFixture, startLedgerServer } from '../fixtures/ledger-server.ts';
import {
  DEMO_AGENT_CLIENT_ID,
  DEMO_IDP_CLIENT_ID,
  DEMO_SECRET_VARIABLES,
  renderDemoTenant,
} from '../fixtures/render-demo-tenant.ts';
import { loadDemoState } from './ports.ts';
import { ROOT, runCountersign, startProgram, waitUntil } from './programs.ts';

export interface DemoStack {
  /** `http://localhost:3000/t/acme` */
  readonly canonicalUrl: string;
  readonly port: number;
  readonly metricsUrl: string;
  readonly dataDir: string;
  readonly identityProvider: string;
  /** The provider itself, for what happens to its people while Countersign runs. */
  readonly provider: IdentityProviderFixture;
  readonly ledger: LedgerFixture;
  readonly reportAgent: { readonly clientId: string; readonly clientSecret: string };
  /** Environment of `countersign` commands on this instance. */
  readonly env: NodeJS.ProcessEnv;
  /** What `apply` printed: each definition with its hash. */
  readonly applied: string;
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly port: number;
  readonly dataDir?: string;
  readonly env: NodeJS.ProcessEnv;
}

const READY_TIMEOUT_MS = 90_000;

/**
 * Everything the demo needs, each a real program on its own port: an OpenID Provider, two MCP servers, and Countersign
 * as its own process, which knows the others only through the tenant file.
 */
export async function startDemoStack({
  port,
  dataDir: folder,
  env: outer,
}: StackOptions): Promise<DemoStack> {
  const dataDir = resolve(folder ?? outer['DATA_DIR'] ?? join(ROOT, '.countersign'));
  const template = outer['TENANT_URL'] ?? `http://localhost:${port}/t/{tenant}`;
  const canonicalUrl = template.replace('{tenant}', 'acme');
  const state = await loadDemoState(dataDir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const identityProvider = await startIdentityProvider({
      port: state.identityProviderPort,
      clients: [
        {
          client_id: DEMO_IDP_CLIENT_ID,
          client_secret: state.identityProviderSecret,
          redirect_uris: [`${canonicalUrl}/sso/callback`],
          post_logout_redirect_uris: [canonicalUrl],
        },
      ],
    });
    stops.push(() => identityProvider.stop());
    const everything = await startEverythingServer(state.everythingPort);
    stops.push(() => everything.stop());
    const ledger = await startLedgerServer({ port: state.ledgerPort, mintIssuer: `${canonicalUrl}/mint` });
    stops.push(() => ledger.stop());

    const env: NodeJS.ProcessEnv = {
      ...outer,
      PORT: String(port),
      DATA_DIR: dataDir,
      [DEMO_SECRET_VARIABLES.identityProvider]: state.identityProviderSecret,
      [DEMO_SECRET_VARIABLES.nightlyReport]: state.reportAgentSecret,
    };
    const program = startProgram([join(ROOT, 'bin/countersign.ts'), 'serve'], env);
    stops.push(() => program.stop());
    await waitUntil(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, {
      timeoutMs: READY_TIMEOUT_MS,
      program,
      describe: 'Countersign',
    });

    const tenant = renderDemoTenant({
      issuer: identityProvider.issuer,
      everything: everything.url,
      ledger: ledger.url,
    });
    const file = join(dataDir, 'acme.tenant.yaml');
    await writeFile(file, tenant);
    const applied = await runCountersign(['apply', '-f', file], env);
    if (applied.code !== 0) throw new Error(`the demo tenant could not be applied:\n${applied.stderr}`);
    const metricsUrl = (JSON.parse(announcement(program.output())) as { metrics: string }).metrics;
    const instance = join(dataDir, 'demo-instance.json');
    await writeFile(instance, JSON.stringify({ pid: process.pid, port }));
    stops.push(() => rm(instance, { force: true }));
    return {
      canonicalUrl,
      port,
      metricsUrl,
      dataDir,
      identityProvider: identityProvider.issuer,
      provider: identityProvider,
      ledger,
      reportAgent: { clientId: DEMO_AGENT_CLIENT_ID, clientSecret: state.reportAgentSecret },
      env,
      applied: applied.stdout,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The line in which `countersign serve` says where it listens. */
function announcement(output: string): string {
  return output.split('\n').find((line) => line.startsWith('{"listening"')) ?? '{"metrics":""}';
}

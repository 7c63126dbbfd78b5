import { productionProblems } from '#lib/config';
import { readSsoProblem } from '#lib/identity';
import { webExchange } from '#lib/gateway';
import { startTelemetry } from '#lib/telemetry';
import { auditTenant } from './audit-tenant.ts';
import { buildModules } from './build-modules.ts';
import { diagnose } from './diagnose.ts';
import { erasePerson } from './erase-person.ts';
import { exportBundle, requireTenant } from './export-bundle.ts';
import { gatherFacts } from './gather-facts.ts';
import { createHealth } from './health.ts';
import { createHttpServices, createInternalHeaders } from './http-services.ts';
import { startKeeping } from './keep-house.ts';
import { metadataOf } from './metadata.ts';
import { publishRuntime, publishedRuntime } from './registry.ts';
import { refuseProblems, requireConfig } from './require-config.ts';
import { settleTenants } from './settle-tenants.ts';
import { reopenLog } from './reopen-log.ts';
import { createKeyRotation } from './rotate-key.ts';
import { shredTenant } from './shred-tenant.ts';
import { openStore } from './store.ts';
import type { Modules, Runtime } from './types.ts';
import { watchGauges } from './watch-gauges.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `serve` guards against what production must not have and keeps the house; a `verb` does one thing and ends. */
export type StartFor = 'serve' | 'verb';

/** Builds this process's runtime. @throws with every problem of the configuration in its message, or lost infrastructure. */
export async function startRuntime(environment: Environment, purpose: StartFor): Promise<Runtime> {
  const config = requireConfig(environment);
  const telemetry = await startTelemetry(config);
  const store = await openStore(config, telemetry.logger);
  try {
    const modules = await buildModules({ config, telemetry, database: store.database, environment });
    watchGauges(modules);
    if (purpose === 'serve') await guardProduction(modules);
    if (purpose === 'serve') await settle(modules);
    const stopKeeping = purpose === 'serve' ? startKeeping(modules) : () => undefined;
    const runtime = assemble(modules, async () => {
      stopKeeping();
      await closeModules(modules);
      await store.close();
    });
    publishRuntime(runtime);
    return runtime;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** @throws with everything for which a production start is refused; what was built is closed before. */
async function guardProduction(modules: Modules): Promise<void> {
  try {
    const problems = productionProblems(modules.config, await gatherFacts(modules));
    refuseProblems(problems, 'Countersign does not start in production like this:');
  } catch (error) {
    await closeModules(modules);
    throw error;
  }
}

/** @throws for lost infrastructure. People who could not be erased again are tried again while it serves. */
async function settle(modules: Modules): Promise<void> {
  try {
    await settleTenants(modules);
  } catch (error) {
    if (error instanceof AggregateError) {
      modules.telemetry.logger.error({ err: error, causes: error.errors }, error.message);
      return;
    }
    await closeModules(modules);
    throw error;
  }
}

function assemble(modules: Modules, close: () => Promise<void>): Runtime {
  const internalHeaders = createInternalHeaders();
  let closing: Promise<void> | undefined;
  const runtime: Runtime = {
    ...modules,
    internalHeaders,
    http: createHttpServices(modules, internalHeaders),
    health: createHealth(modules),
    serveMcp: (request, route) => webExchange(request, route, modules.gateway.handle),
    metadata: (tenant, name, below) => metadataOf(modules, tenant, name, below),
    readSsoProblem,
    exportBundle: (request) => exportBundle(modules, request),
    audit: (request) => auditTenant(modules, request),
    testPolicies: async (tenant, cases) =>
      await modules.policyDesk.runCases(await requireTenant(modules, tenant), cases),
    erasePerson: (tenant, person, actor) => erasePerson(modules, tenant, person, actor),
    reopenLog: (request) => reopenLog(modules, request),
    ...createKeyRotation(modules),
    shredTenant: (request) => shredTenant(modules, request),
    diagnose: () => diagnose(modules),
    close: () => {
      closing ??= close().finally(() => {
        if (publishedRuntime() === runtime) publishRuntime(undefined);
      });
      return closing;
    },
  };
  return runtime;
}

/** Against the order in which they were built: nothing loses what it still needs. */
async function closeModules(modules: Modules): Promise<void> {
  await modules.gateway.close();
  modules.oauth.close();
  modules.registry.close();
  modules.policy.close();
  await modules.receipts.close();
  await modules.identity.close();
  modules.keys.close();
  await modules.egress.close();
  await modules.telemetry.tracing?.close();
}

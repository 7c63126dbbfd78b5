import type { Database } from '#lib/db';
import { createAddresses } from '#lib/edge';
import { createMinting } from '#lib/minting';
import { createPolicy } from '#lib/policy';
import { buildModules as buildOauth } from '../../oauth/testing/build-modules.ts';

export type Modules = Awaited<ReturnType<typeof buildModules>>;

/** Everything that the data plane stands on, real. */
export async function buildModules(database: Database, port: number, folder: string) {
  const addresses = createAddresses({
    tenantUrl: `http://localhost:${port}/t/{tenant}`,
    viewsUrl: `http://{label}.mcpapps.localhost:${port}`,
  });
  const modules = await buildOauth(database, addresses, folder, ['127.0.0.0/8']);
  const policy = await createPolicy({ database, ...modules });
  return {
    ...modules,
    minting: createMinting({ database, ...modules }),
    policy,
    close: async () => {
      policy.close();
      await modules.close();
    },
  };
}

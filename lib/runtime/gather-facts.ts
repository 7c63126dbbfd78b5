import type { ProductionFacts } from '#lib/config';
import type { Modules } from './types.ts';

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

/** What the production guard must know besides the settings. */
export async function gatherFacts({ database, identity, stdio }: Modules): Promise<ProductionFacts> {
  const tenants = await identity.tenants.list();
  const role = await database.roleFacts();
  // As its row says: a tenant whose key file is missing is refused later, and keeps no process from its start.
  const providers = await Promise.all(
    tenants.map(({ id }) => database.tenantDb(id).read((client) => identity.providers.loadIn(client))),
  );
  return {
    tenantCount: tenants.length,
    demoTenants: tenants.filter(({ demo }) => demo).map(({ slug }) => slug),
    loopbackIssuers: providers.flatMap((provider) =>
      provider !== undefined && LOOPBACK.test(new URL(provider.issuer).hostname) ? [provider.issuer] : [],
    ),
    role: {
      name: role.role,
      superuser: role.superuser,
      bypassesRowSecurity: role.bypassesRowSecurity,
      ownsTables: role.ownsTables,
    },
    stdioServersWithoutLauncher: stdio
      .examine()
      .filter(({ launcher }) => launcher === 'none')
      .map(({ name }) => name),
  };
}

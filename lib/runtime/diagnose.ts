import type { HealthCheck, Modules } from './types.ts';

/** What an operator wants to know before anybody complains: each line says what is wrong and what to do. */
export async function diagnose(modules: Modules): Promise<readonly HealthCheck[]> {
  const { database, identity } = modules;
  const role = await database.roleFacts();
  const findings: HealthCheck[] = [
    finding('database role', !role.superuser && !role.bypassesRowSecurity && !role.ownsTables, {
      wrong: `${role.role} could switch row-level security off: use the application's own role in DATABASE_URL`,
    }),
    finding('synchronous commit', role.synchronousCommit !== 'off', {
      wrong: 'synchronous_commit is off: an acknowledged receipt could be lost; set it to on',
    }),
  ];
  for (const tenant of await identity.tenants.list()) {
    const keys = await modules.keys.check(tenant.id);
    findings.push({
      name: `${tenant.slug}: keys`,
      ok: keys.ok,
      ...(keys.ok ? {} : { detail: keys.error.message }),
    });
    if (!keys.ok) continue;
    const provider = await identity.sso.check(tenant);
    findings.push({
      name: `${tenant.slug}: identity provider`,
      ok: provider.ok,
      detail: provider.ok ? provider.value.issuer : provider.error.message,
    });
    for (const server of await modules.registry.list(tenant.id)) {
      findings.push(
        finding(`${tenant.slug}: server ${server.id}`, server.state === 'pinned', {
          wrong: `is ${server.state}: review its definitions and apply the tenant file again`,
        }),
      );
    }
  }
  return findings;
}

function finding(name: string, ok: boolean, { wrong }: { readonly wrong: string }): HealthCheck {
  return ok ? { name, ok } : { name, ok, detail: wrong };
}

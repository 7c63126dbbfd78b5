import type { TenantRecord } from '#lib/identity';
import { diagnoseInstance } from './diagnose-instance.ts';
import { diagnoseTenant } from './diagnose-tenant.ts';
import { bad, type Finding } from './finding.ts';
import type { Modules } from './types.ts';

/** What an operator wants to know before anybody complains: each finding says what is wrong and how to mend it. */
export async function diagnose(modules: Modules): Promise<readonly Finding[]> {
  const { identity } = modules;
  const tenants: readonly TenantRecord[] = [
    await identity.tenants.instance(),
    ...(await identity.tenants.list()),
  ];
  const findings = [...(await diagnoseInstance(modules, tenants))];
  for (const tenant of tenants) {
    // One tenant that can't even be looked at must not hide what is wrong with the others.
    const found = await diagnoseTenant(modules, tenant).catch((error: unknown) => [
      bad(`${tenant.slug}`, {
        wrong: `can't be checked: ${error instanceof Error ? error.message : String(error)}`,
        mend: 'see the log of this command',
      }),
    ]);
    findings.push(...found);
  }
  return findings;
}

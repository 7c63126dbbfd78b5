import { z } from 'zod';
import { parseTenantSlug } from '#lib/core';
import { seeOther } from '#lib/http';
import { route, runtime } from '#lib/runtime';
import { continuePage } from '#ui/continue-page.ts';

/** Takes the name that was typed on the landing page to that tenant's own address. */
export const GET = route({
  auth: 'public',
  scope: 'instance',
  input: { query: z.object({ tenant: z.string().trim().toLowerCase().max(100) }) },
  output: 'response',
  kind: 'hosted',
  handle: async ({ input }) => {
    const { addresses, identity } = runtime();
    const slug = parseTenantSlug(input.query.tenant);
    const tenant = slug.ok ? await identity.tenants.bySlug(slug.value) : undefined;
    // A form's redirect to the tenant's own host would be stopped by `form-action`.
    if (tenant !== undefined) return continuePage(`${tenant.canonicalUrl}/connections`);
    return seeOther(`${addresses.rootUrl}/?unknown=${encodeURIComponent(input.query.tenant)}`);
  },
});

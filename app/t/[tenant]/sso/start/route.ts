import { z } from 'zod';
import { seeOther } from '#lib/http';
import { route, runtime } from '#lib/runtime';
import { ssoErrorUrl } from '#ui/sso-error-url.ts';

/** Sends the browser to the identity provider. Safe to link to: what it starts belongs to this browser alone. */
export const GET = route({
  auth: 'public',
  input: { query: z.object({ return_to: z.string().max(2048).optional() }) },
  output: 'response',
  kind: 'bare',
  keepsForStrangers: () => true,
  handle: async ({ tenant, input, requestId }) => {
    const returnTo = input.query.return_to;
    const started = await runtime().identity.sso.begin(tenant, { returnTo, requestId });
    if (!started.ok) return seeOther(ssoErrorUrl(tenant.canonicalUrl, started.error, requestId));
    return seeOther(started.value.redirectTo, started.value.setCookies);
  },
});

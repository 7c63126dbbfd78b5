import { seeOther } from '#lib/http';
import { route, runtime } from '#lib/runtime';
import { ssoErrorUrl } from '#ui/sso-error-url.ts';

/** The redirect URI at the identity provider. Whatever comes of it, the attempt is used up. */
export const GET = route({
  auth: 'raw',
  input: 'raw',
  output: 'response',
  kind: 'bare',
  origin: 'any',
  handle: async ({ request, requestId, tenant, ip, readCookie }) => {
    const parameters = new URL(request.url).searchParams;
    const completed = await runtime().identity.sso.complete(tenant, {
      parameters,
      readCookie,
      requestId,
      ...(ip === undefined ? {} : { ip }),
    });
    if (!completed.ok) return seeOther(ssoErrorUrl(tenant.canonicalUrl, completed.error, requestId));
    return seeOther(completed.value.returnTo, completed.value.setCookies);
  },
});

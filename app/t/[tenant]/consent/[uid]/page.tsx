import { z } from 'zod';
import { refuse } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { ConsentForm, consentTitle } from '#ui/consent-form.tsx';
import { Hosted } from '#ui/hosted.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'session',
  input: { params: z.object({ tenant: z.string(), uid: z.string().min(1).max(100) }) },
  load: async ({ tenant, session, ip, input, cookieHeader }) => {
    const visit = { session, cookies: cookieHeader, ip: ip ?? '' };
    const request = await runtime().oauth.interaction(tenant, input.params.uid, visit);
    if (request.ok) return { request: request.value, person: session.person };
    const { kind, status, title, detail } = request.error;
    return refuse({ status, code: kind.replaceAll('_', '-'), title, detail });
  },
});

export default renderPage(load, ({ data, tenant, csrfToken }) => (
  <Hosted title={consentTitle(data.request)} tenantName={tenant.displayName} demo={tenant.demo}>
    <ConsentForm
      request={data.request}
      person={data.person}
      canonicalUrl={tenant.canonicalUrl}
      csrfToken={csrfToken}
    />
  </Hosted>
));

import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'public',
  input: { query: z.object({ kind: z.string().max(60).optional() }) },
  load: async ({ input }) => runtime().describeSsoProblem(input.query.kind),
});

export default renderPage(load, ({ data, tenant, requestId }) => (
  <Hosted title="You are not signed in" tenantName={tenant.displayName} demo={tenant.demo}>
    <p className="text-sm">{data.message}</p>
    <p className="mt-4 text-sm">
      <a href={`${tenant.canonicalUrl}/sso/start`} className="link">
        Try to sign in again
      </a>
    </p>
    <p className="mt-6 text-xs text-muted">
      Reference <code className="font-mono">{requestId}</code>
    </p>
  </Hosted>
));

import { page } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
import { hosted } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';

const load = page({ auth: 'public', input: {}, load: async () => ({}) });

/** The end of a sign-out at a tenant whose provider has none of its own. */
export default renderPage(load, ({ tenant }) => (
  <Hosted title={hosted('signedOut.title')} tenantName={tenant.displayName} demo={tenant.demo}>
    <p className="text-sm">{hosted('signedOut.detail')}</p>
    <p className="mt-3 text-sm text-muted">{hosted('signedOut.agents')}</p>
    <p className="mt-5 text-sm">
      <a href={tenant.canonicalUrl} className="link">
        {hosted('signedOut.again')}
      </a>
    </p>
  </Hosted>
));

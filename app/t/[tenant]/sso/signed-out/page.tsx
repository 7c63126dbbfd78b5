import { page } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({ auth: 'public', input: {}, load: async () => ({}) });

/** The end of a sign-out at a tenant whose provider has none of its own. */
export default renderPage(load, ({ tenant }) => (
  <Hosted title="You are signed out" tenantName={tenant.displayName} demo={tenant.demo}>
    <p className="text-sm">
      You are signed out here. Your identity provider may still know you: on a shared computer, sign out there
      too.
    </p>
    <p className="mt-3 text-sm text-muted">
      Agents that you connected go on acting for you until you disconnect them under My agents.
    </p>
    <p className="mt-4 text-sm">
      <a href={tenant.canonicalUrl}>Sign in again</a>
    </p>
  </Hosted>
));

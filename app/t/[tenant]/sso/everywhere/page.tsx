import { page, runtime } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
import { hosted } from '#ui/messages.ts';
import { SubmitButton } from '#ui/button.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: 'session',
  input: {},
  load: async ({ tenant, session, ip }) => {
    const [sessions, agents] = await Promise.all([
      runtime().identity.sessions.count(tenant, session.person.id),
      runtime().console.listAgents({ tenant, session, ip }),
    ]);
    return { sessions, agents: agents.length };
  },
});

/** Asks before it ends every session of the person, and says what goes on. */
export default renderPage(load, ({ data: { sessions, agents }, tenant, csrfToken }) => (
  <Hosted title={hosted('everywhere.title')} tenantName={tenant.displayName} demo={tenant.demo}>
    <p className="text-sm">{hosted('everywhere.sessions', { count: sessions })}</p>
    <form method="post" action={`${tenant.canonicalUrl}/sso/sign-out-everywhere`} className="mt-4">
      <CsrfField token={csrfToken ?? ''} />
      {agents > 0 && (
        <label className="flex items-start gap-2.5 text-sm">
          <input type="checkbox" name="agents" value="disconnect" className="tick" />
          <span>{hosted('everywhere.agents', { count: agents })}</span>
        </label>
      )}
      <div className="mt-6 flex flex-wrap items-center gap-4">
        <SubmitButton tone="danger">{hosted('everywhere.title')}</SubmitButton>
        <a href={`${tenant.canonicalUrl}/connections`} className="link text-sm">
          {hosted('everywhere.back')}
        </a>
      </div>
    </form>
  </Hosted>
));

import { page, runtime } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
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
  <Hosted title="Sign out everywhere" tenantName={tenant.displayName} demo={tenant.demo}>
    <p className="text-sm">
      {sessions === 1
        ? 'You are signed in here and nowhere else.'
        : `You are signed in ${sessions} times, here included.`}{' '}
      Every one of these sessions ends at once, on whatever device.
    </p>
    <form method="post" action={`${tenant.canonicalUrl}/sso/sign-out-everywhere`} className="mt-4">
      <CsrfField token={csrfToken ?? ''} />
      {agents > 0 && (
        <label className="flex items-start gap-2 text-sm">
          <input type="checkbox" name="agents" value="disconnect" className="mt-1" />
          <span>
            {agents === 1
              ? 'Disconnect the agent that acts for me, too.'
              : `Disconnect the ${agents} agents that act for me, too.`}{' '}
            Otherwise they go on: agents have access of their own, which no sign-out ends.
          </span>
        </label>
      )}
      <div className="mt-6 flex items-center gap-4">
        <SubmitButton tone="danger">Sign out everywhere</SubmitButton>
        <a href={`${tenant.canonicalUrl}/connections`} className="text-sm">
          Back to My agents
        </a>
      </div>
    </form>
  </Hosted>
));

import { z } from 'zod';
import { notFound } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { Callout } from '#ui/callout.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { signIn } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { SignInReportView } from '#ui/sign-in-report.tsx';
import { ssoProblemWords } from '#ui/sso-problem-words.ts';

const params = z.object({ tenant: z.string(), id: z.string().regex(/^[\w-]{43}$/) });

const load = page({
  auth: { roles: ['admin'] },
  input: { params },
  load: async ({ tenant, session, input }) =>
    (await runtime().identity.sso.testReport(tenant, session, input.params.id)) ?? notFound(),
});

export default renderPage(load, (loaded) => {
  const { data: report, tenant } = loaded;
  const address = `${tenant.canonicalUrl}/settings`;
  const { problem } = report;
  return (
    <ConsolePage
      loaded={loaded}
      section="settings"
      title={signIn('report.title')}
      description={signIn('report.kept')}
      trail={[
        { href: address, label: signIn('settings') },
        { href: `${address}/sign-in`, label: signIn('title') },
      ]}
    >
      <div className="flex flex-col gap-5">
        {problem === undefined ? (
          <Callout tone="good" title={signIn('report.ok')} />
        ) : (
          <Callout tone="bad" title={signIn('report.refused')}>
            <p>{ssoProblemWords(problem).message}</p>
            {problem.reason !== undefined && (
              <p>
                {signIn('report.technical')}: {problem.reason}.
              </p>
            )}
            <p className="mt-2">{ssoProblemWords(problem).admin}</p>
          </Callout>
        )}
        <SignInReportView report={report} />
      </div>
    </ConsolePage>
  );
});

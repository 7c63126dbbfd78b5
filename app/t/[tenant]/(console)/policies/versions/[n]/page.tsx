import { z } from 'zod';
import { notFound } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { ActionButton } from '#ui/action-button.tsx';
import { Badge } from '#ui/badge.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { DifferenceView } from '#ui/difference-view.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { differenceWords, policies as words, policyEditorWords } from '#ui/messages.ts';
import { renderDifference, versionNumber } from '#api/policy-wire.ts';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: {
    params: z.object({ tenant: z.string(), n: versionNumber }),
    /** `version` comes from the form that compares any two. */
    query: z.object({ against: versionNumber.optional(), version: versionNumber.optional() }),
  },
  load: async ({ tenant, session, input }) => {
    const { policyDesk } = runtime();
    const number = input.query.version ?? input.params.n;
    const against = input.query.against ?? Math.max(0, number - 1);
    const [version, active, compared] = await Promise.all([
      policyDesk.texts(tenant, number),
      policyDesk.active(tenant),
      policyDesk.compare(tenant, against, number),
    ]);
    if (version === undefined || compared === undefined) return notFound();
    const isInForce = version.active && active.isSaved;
    const activates = session.person.roles.includes('admin') && !isInForce;
    return { version, against, compared, active, isInForce, activates };
  },
});

export default renderPage(load, (loaded) => {
  const { version, against, compared, active, isInForce, activates } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const number = version.version;
  return (
    <ConsolePage
      loaded={loaded}
      section="policies"
      title={words('version', { version: number })}
      mark={isInForce && <Badge tone="good">{words('active')}</Badge>}
      description={words('versionAbout', { against })}
      trail={[
        { href: `${canonicalUrl}/policies`, label: words('title') },
        { href: `${canonicalUrl}/policies/versions`, label: words('versions') },
      ]}
      actions={
        activates && (
          <ActionButton
            url={`${canonicalUrl}/api/v1/policies/versions/${number}/activation`}
            method="POST"
            etag={`"${active.sha256}"`}
            next={`${canonicalUrl}/policies/versions`}
            tone="primary"
            button={words('activate', { version: number })}
            title={words('activate', { version: number })}
          >
            {policyEditorWords.reviewAbout}
          </ActionButton>
        )
      }
    >
      {compared.difference.length === 0 ? (
        <EmptyState title={words('noDifference')} />
      ) : (
        <DifferenceView
          policies={renderDifference(compared.difference)}
          words={differenceWords}
          heading="h2"
        />
      )}
    </ConsolePage>
  );
});

import { z } from 'zod';
import { notFound } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { ActionButton } from '#ui/action-button.tsx';
import { Badge } from '#ui/badge.tsx';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { differenceWords, policies as words, policyEditorWords } from '#ui/messages.ts';
import { PolicyEditor } from '#ui/policy-editor.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: { params: z.object({ tenant: z.string(), id: z.string().max(128) }) },
  load: async ({ tenant, session, input }) => {
    const policy = await runtime().manifest.load(tenant, { kind: 'policy', id: input.params.id });
    if (policy === undefined) return notFound();
    const choices = await runtime().policyDesk.choices(tenant);
    return { policy, id: input.params.id, choices, isAdmin: session.person.roles.includes('admin') };
  },
});

export default renderPage(load, (loaded) => {
  const { policy, id, choices, isAdmin } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const byFile = policy.owner === 'file';
  const writes = isAdmin && !byFile;
  const text = policy.body['text'];
  return (
    <ConsolePage
      loaded={loaded}
      section="policies"
      title={id}
      mark={<Badge>{words(`keptIn.${policy.owner}`)}</Badge>}
      trail={[{ href: `${canonicalUrl}/policies`, label: words('title') }]}
      actions={
        writes && (
          <ActionButton
            url={`${canonicalUrl}/api/v1/policies/${encodeURIComponent(id)}`}
            method="DELETE"
            etag={policy.etag}
            next={`${canonicalUrl}/policies`}
            button={policyEditorWords.remove}
            title={policyEditorWords.removeTitle}
          >
            {policyEditorWords.removeAbout}
          </ActionButton>
        )
      }
    >
      {!writes && (
        <div className="mb-6">
          <Callout {...(byFile ? { title: words('fileOwned') } : {})}>
            {byFile ? words('fileOwnedDetail') : words('auditorOnly')}
          </Callout>
        </div>
      )}
      <Card>
        <PolicyEditor
          id={id}
          text={typeof text === 'string' ? text : ''}
          etag={policy.etag}
          readOnly={!writes}
          choices={choices}
          words={policyEditorWords}
          differenceWords={differenceWords}
        />
      </Card>
    </ConsolePage>
  );
});

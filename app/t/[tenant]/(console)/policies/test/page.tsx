import { page, runtime } from '#lib/runtime';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { policies as words, policyEditorWords } from '#ui/messages.ts';
import { PolicyQuestion } from '#ui/policy-question.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: {},
  load: async ({ tenant }) => await runtime().policyDesk.choices(tenant),
});

export default renderPage(load, (loaded) => (
  <ConsolePage
    loaded={loaded}
    section="policies"
    title={words('test')}
    description={words('testAbout')}
    trail={[{ href: `${loaded.tenant.canonicalUrl}/policies`, label: words('title') }]}
  >
    <Card>
      <PolicyQuestion choices={loaded.data} words={policyEditorWords} />
    </Card>
  </ConsolePage>
));

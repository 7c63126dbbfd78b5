import { page, runtime } from '#lib/runtime';
import { Card } from '#ui/card.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { differenceWords, policies as words, policyEditorWords } from '#ui/messages.ts';
import { PolicyEditor } from '#ui/policy-editor.tsx';
import { renderPage } from '#ui/render-page.tsx';

const load = page({
  auth: { roles: ['admin'] },
  input: {},
  load: async ({ tenant }) => await runtime().policyDesk.choices(tenant),
});

const BEGINNING = `permit (
  principal,
  action == Action::"tools/call",
  resource
);
`;

export default renderPage(load, (loaded) => (
  <ConsolePage
    loaded={loaded}
    section="policies"
    title={words('new')}
    description={words('newAbout')}
    trail={[{ href: `${loaded.tenant.canonicalUrl}/policies`, label: words('title') }]}
  >
    <Card>
      <PolicyEditor
        text={BEGINNING}
        readOnly={false}
        choices={loaded.data}
        words={policyEditorWords}
        differenceWords={differenceWords}
      />
    </Card>
  </ConsolePage>
));

import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
import { hosted } from '#ui/messages.ts';
import { SubmitButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { renderPage } from '#ui/render-page.tsx';
import { visibleText } from '#ui/visible-text.ts';

const load = page({
  auth: 'public',
  scope: 'instance',
  input: { query: z.object({ unknown: z.string().max(100).optional() }) },
  load: async ({ input }) => {
    // Tenants are not listed to strangers; a demo has nothing to hide.
    const tenants = await runtime().identity.tenants.list();
    return { unknown: input.query.unknown, demos: tenants.filter(({ demo }) => demo) };
  },
});

export default renderPage(load, ({ data: { unknown, demos } }) => (
  <Hosted title={hosted('choose.title')}>
    {unknown !== undefined && (
      <div className="mb-4">
        <Callout tone="bad" live="alert" id="unknown">
          {hosted('choose.unknown', { name: visibleText(unknown) })}
        </Callout>
      </div>
    )}
    <form action="/choose" method="get" className="flex flex-col gap-1.5">
      <label htmlFor="tenant" className="text-sm font-medium">
        {hosted('choose.label')}
      </label>
      <p id="about" className="text-sm text-muted">
        {hosted('choose.about')}
      </p>
      <input
        id="tenant"
        name="tenant"
        required
        maxLength={100}
        defaultValue={unknown}
        aria-invalid={unknown !== undefined}
        aria-describedby={unknown === undefined ? 'about' : 'unknown about'}
        autoComplete="organization"
        autoCapitalize="none"
        spellCheck={false}
        className="control"
      />
      <div className="mt-3">
        <SubmitButton>{hosted('choose.submit')}</SubmitButton>
      </div>
    </form>
    {demos.length > 0 && (
      <div className="mt-6 border-t border-line pt-5 text-sm">
        <h2 className="mb-2 font-semibold">{hosted('choose.demo')}</h2>
        <ul>
          {demos.map(({ slug, displayName, canonicalUrl }) => (
            <li key={slug}>
              <a href={`${canonicalUrl}/connections`} className="link">
                {displayName}
              </a>
            </li>
          ))}
        </ul>
      </div>
    )}
  </Hosted>
));

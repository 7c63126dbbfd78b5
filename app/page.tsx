import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { Hosted } from '#ui/hosted.tsx';
import { SubmitButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { renderPage } from '#ui/render-page.tsx';

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

export default renderPage(load, ({ data }) => (
  <Hosted title="Choose your organisation">
    {data.unknown !== undefined && (
      <div className="mb-4">
        <Callout tone="bad" live="alert" id="unknown">
          There is no organisation called “{data.unknown}” here. Check the spelling, or ask your administrator
          for the address.
        </Callout>
      </div>
    )}
    <form action="/choose" method="get" className="flex flex-col gap-3">
      <label htmlFor="tenant" className="text-sm font-medium">
        Organisation
      </label>
      <input
        id="tenant"
        name="tenant"
        required
        defaultValue={data.unknown}
        {...(data.unknown === undefined ? {} : { 'aria-invalid': true, 'aria-describedby': 'unknown' })}
        autoComplete="organization"
        autoCapitalize="none"
        spellCheck={false}
        className="control"
        placeholder="acme"
      />
      <div>
        <SubmitButton>Continue to sign-in</SubmitButton>
      </div>
    </form>
    {data.demos.length > 0 && (
      <div className="mt-6 border-t border-line pt-4 text-sm">
        <h2 className="mb-2 font-semibold">Demo</h2>
        <ul>
          {data.demos.map(({ slug, displayName, canonicalUrl }) => (
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

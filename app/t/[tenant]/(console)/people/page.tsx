import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { SubmitButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { EmptyState } from '#ui/empty-state.tsx';
import { people } from '#ui/messages.ts';
import { Pagination } from '#ui/pagination.tsx';
import { PeopleTable } from '#ui/people-table.tsx';
import { PlainField, PlainInput } from '#ui/plain-field.tsx';
import { renderPage } from '#ui/render-page.tsx';

const query = z.object({
  search: z.string().trim().max(254).optional().catch(undefined),
  after: z.string().max(100).optional().catch(undefined),
  done: z.literal('erased').optional().catch(undefined),
});

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: { query },
  load: async ({ tenant, session, ip, input }) => {
    const { search, after, done } = input.query;
    const asked = search === undefined || search === '' ? {} : { search };
    const list = await runtime().console.listPeople(
      { tenant, session, ip },
      { ...asked, ...(after === undefined ? {} : { after }) },
    );
    return { list, after, done, search: asked.search };
  },
});

export default renderPage(load, (loaded) => {
  const { list, after, done, search } = loaded.data;
  const address = `${loaded.tenant.canonicalUrl}/people`;
  return (
    <ConsolePage loaded={loaded} section="people" title={people('title')} description={people('description')}>
      {done !== undefined && (
        <div className="mb-4">
          <Callout tone="good" live="status">
            {people(`done.${done}`)}
          </Callout>
        </div>
      )}
      <form action={address} method="get" className="mb-5 flex flex-wrap items-end gap-3">
        <div className="w-full max-w-sm">
          <PlainField label={people('search.label')}>
            <PlainInput name="search" defaultValue={search ?? ''} maxLength={254} autoComplete="off" />
          </PlainField>
        </div>
        <SubmitButton tone="plain">{people('search.button')}</SubmitButton>
      </form>
      {list.people.length > 0 ? (
        <PeopleTable rows={list.people} address={address} />
      ) : (
        <EmptyState title={search === undefined ? people('empty.title') : people('search.none')}>
          {search === undefined ? (
            people('empty.hint')
          ) : (
            <>
              {people('search.hint')}{' '}
              <a href={address} className="link">
                {people('search.all')}
              </a>
            </>
          )}
        </EmptyState>
      )}
      <Pagination
        newest={after === undefined ? undefined : address}
        older={list.next === undefined ? undefined : `${address}?after=${encodeURIComponent(list.next)}`}
      />
    </ConsolePage>
  );
});

import { z } from 'zod';
import type { SubjectReference } from '#lib/core';
import { notFound } from '#lib/http';
import { page, runtime } from '#lib/runtime';
import { Callout } from '#ui/callout.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { ConsolePage } from '#ui/console-page.tsx';
import { Facts } from '#ui/facts.tsx';
import { people } from '#ui/messages.ts';
import { StateBadge } from '#ui/people-table.tsx';
import { PersonAgents, PersonGroups } from '#ui/person-access.tsx';
import { ErasePerson, PersonActs } from '#ui/person-acts.tsx';
import { personParams } from '#api/person-wire.ts';
import { renderPage } from '#ui/render-page.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';

const query = z.object({
  done: z.enum(['disabled', 'enabled', 'signedOut', 'disconnected']).optional().catch(undefined),
});

const load = page({
  auth: { roles: ['admin', 'auditor'] },
  input: { params: personParams, query },
  load: async ({ tenant, session, ip, input }) => {
    const reference = input.params.reference as SubjectReference;
    const person = await runtime().console.viewPerson({ tenant, session, ip }, reference);
    if (person === undefined) return notFound();
    return { person, done: input.query.done, mayAct: session.person.roles.includes('admin') };
  },
});

export default renderPage(load, (loaded) => {
  const { person, done, mayAct } = loaded.data;
  const { canonicalUrl } = loaded.tenant;
  const { name, email, reference, issuer, subject, sessions, lastSignInAt } = person;
  return (
    <ConsolePage
      loaded={loaded}
      section="people"
      title={visibleText(name ?? email ?? people('nameless'))}
      mark={<StateBadge state={person.state} />}
      description={person.isSelf ? people('disable.self') : undefined}
      trail={[{ href: `${canonicalUrl}/people`, label: people('title') }]}
      actions={mayAct && <PersonActs person={person} canonicalUrl={canonicalUrl} />}
    >
      <div className="flex flex-col gap-5">
        {done !== undefined && (
          <Callout tone="good" live="status">
            {people(`done.${done}`)}
          </Callout>
        )}
        <Card title={people('identity')}>
          <Facts
            rows={[
              [people('email'), email ?? people('noEmail')],
              [people('reference'), <Code key="reference">{reference}</Code>],
              [people('issuer'), <Code key="issuer">{issuer}</Code>],
              [people('subject'), <Code key="subject">{subject}</Code>],
              [people('lastSignIn'), lastSignInAt !== undefined && <Time key="at" ms={lastSignInAt} />],
              [people('sessions'), String(sessions)],
            ]}
          />
        </Card>
        <PersonGroups person={person} />
        <PersonAgents person={person} canonicalUrl={canonicalUrl} mayAct={mayAct} />
        {mayAct && <ErasePerson person={person} canonicalUrl={canonicalUrl} />}
      </div>
    </ConsolePage>
  );
});

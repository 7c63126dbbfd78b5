import type { ReactNode } from 'react';
import { Badge } from '#ui/badge.tsx';
import { SubmitButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { Code } from '#ui/code.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { Facts } from '#ui/facts.tsx';
import { hosted } from '#ui/messages.ts';
import { Time } from '#ui/time.tsx';

interface ConsentFormProps {
  readonly request: {
    readonly client: { readonly id: string; readonly name: string; readonly origin: 'file' | 'dynamic' };
    readonly redirectHost: string;
    readonly redirectLoopback: boolean;
    readonly admission: 'admitted' | 'pending' | 'refused';
    readonly mayAdmit: boolean;
    readonly server: { readonly title: string; readonly resource: string };
    readonly tools: readonly string[];
    readonly grantExpiresAt: number;
  };
  readonly person: { readonly name?: string; readonly email?: string };
  readonly action: string;
  readonly csrfToken: string | undefined;
}

/** What the page asks, or says, depending on whether the agent may be let in at all. */
export function consentTitle({ admission, mayAdmit }: ConsentFormProps['request']): string {
  if (admission === 'refused') return hosted('consent.refusedTitle');
  if (admission === 'pending' && !mayAdmit) return hosted('consent.pendingTitle');
  return hosted('consent.ask');
}

/** Who asks, for whom, at which server, for what, until when. One form, two buttons, no script. */
export function ConsentForm({ request, person, action, csrfToken }: ConsentFormProps) {
  const pending = request.admission === 'pending';
  const mayAllow = request.admission === 'admitted' || (pending && request.mayAdmit);
  return (
    <div className="flex flex-col gap-5">
      <RequestFacts request={request} person={person} />
      {request.redirectLoopback && <Callout tone="warn">{hosted('consent.loopback')}</Callout>}
      <Tools tools={request.tools} mayAllow={mayAllow} />
      {mayAllow ? (
        <Decision action={action} csrfToken={csrfToken} pending={pending} />
      ) : (
        <NotAdmitted action={action} csrfToken={csrfToken} pending={pending} />
      )}
    </div>
  );
}

function RequestFacts({ request, person }: Pick<ConsentFormProps, 'request' | 'person'>) {
  const { client, server } = request;
  const { name, email } = person;
  return (
    <Facts
      rows={[
        [hosted('consent.agent'), <ClientName key="agent" name={client.name} origin={client.origin} />],
        [hosted('consent.clientId'), <Code key="id">{client.id}</Code>],
        [hosted('consent.redirect'), <strong key="host">{request.redirectHost}</strong>],
        [
          hosted('consent.person'),
          <>
            <span className="font-medium">{name ?? email}</span>
            {name !== undefined && email !== undefined && <Under>{email}</Under>}
          </>,
        ],
        [
          hosted('consent.server'),
          <>
            <span className="font-medium">{server.title}</span>
            <Under>
              <Code>{server.resource}</Code>
            </Under>
          </>,
        ],
        [hosted('consent.until'), <Time key="until" ms={request.grantExpiresAt} />],
      ]}
    />
  );
}

/** A name that an agent gave itself is quoted and marked: it may be anybody's. */
function ClientName({ name, origin }: { readonly name: string; readonly origin: 'file' | 'dynamic' }) {
  if (origin === 'file')
    return (
      <>
        <span className="font-medium">{name}</span>
        <Under>{hosted('consent.registered')}</Under>
      </>
    );
  return (
    <>
      <span className="flex flex-wrap items-center gap-2">
        <q className="min-w-0 font-medium">
          <bdi>{name}</bdi>
        </q>
        <Badge tone="warn">{hosted('consent.unverified')}</Badge>
      </span>
      <Under>{hosted('consent.unverifiedAbout')}</Under>
    </>
  );
}

function Under({ children }: { readonly children: ReactNode }) {
  return <span className="block text-xs text-muted">{children}</span>;
}

interface AnswerProps {
  readonly action: string;
  readonly csrfToken: string | undefined;
  readonly pending: boolean;
}

function Decision({ action, csrfToken, pending }: AnswerProps) {
  return (
    <form action={action} method="post">
      <CsrfField token={csrfToken} />
      {pending && (
        <label className="mb-5 flex items-start gap-2.5 text-sm">
          <input type="checkbox" name="admit" value="yes" required className="tick" />
          <span>{hosted('consent.admit')}</span>
        </label>
      )}
      <div className="flex flex-wrap gap-3">
        <SubmitButton name="effect" value="allow">
          {hosted('consent.allow')}
        </SubmitButton>
        <SubmitButton name="effect" value="decline" tone="plain" unchecked>
          {hosted('consent.decline')}
        </SubmitButton>
      </div>
    </form>
  );
}

function Tools({ tools, mayAllow }: { readonly tools: readonly string[]; readonly mayAllow: boolean }) {
  return (
    <section aria-labelledby="tools">
      <h2 id="tools" className="mb-2 text-sm font-semibold">
        {mayAllow ? hosted('consent.tools') : hosted('consent.toolsIfAdmitted')}
      </h2>
      {tools.length === 0 ? (
        <p className="text-sm text-muted">{hosted('consent.noTools')}</p>
      ) : (
        <ul className="flex flex-wrap gap-2">
          {tools.map((tool) => (
            <li key={tool} className="rounded-md bg-sunken px-2 py-0.5">
              <Code>{tool}</Code>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-3 text-xs text-muted">{hosted('consent.after')}</p>
    </section>
  );
}

function NotAdmitted({ action, csrfToken, pending }: AnswerProps) {
  return (
    <form action={action} method="post">
      <p className="mb-4 text-sm">{pending ? hosted('consent.pending') : hosted('consent.refused')}</p>
      <CsrfField token={csrfToken} />
      <SubmitButton name="effect" value="decline" tone="plain">
        {hosted('consent.back')}
      </SubmitButton>
    </form>
  );
}

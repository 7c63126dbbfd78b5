import type { ReactNode } from 'react';
import { Badge } from '#ui/badge.tsx';
import { SubmitButton } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { Code } from '#ui/code.tsx';
import { ConsentTools } from '#ui/consent-tools.tsx';
import { Copyable } from '#ui/copyable.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { type FactRow, Facts } from '#ui/facts.tsx';
import { hosted } from '#ui/messages.ts';
import { Quoted } from '#ui/quoted.tsx';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';

interface ConsentFormProps {
  readonly request: {
    readonly uid: string;
    readonly client: { readonly id: string; readonly name: string; readonly origin: 'file' | 'dynamic' };
    readonly redirectHost: string;
    readonly redirectLoopback: boolean;
    readonly admission: 'admitted' | 'pending' | 'refused';
    readonly mayAdmit: boolean;
    readonly server: { readonly title: string; readonly resource: string };
    readonly tools: readonly { readonly name: string; readonly description?: string }[];
    readonly grantExpiresAt: number;
  };
  readonly person: { readonly name?: string; readonly email?: string };
  readonly canonicalUrl: string;
  readonly csrfToken: string | undefined;
}

/** What the page asks, or says, depending on whether the agent may be let in at all. */
export function consentTitle({ admission, mayAdmit }: ConsentFormProps['request']): string {
  if (admission === 'refused') return hosted('consent.refusedTitle');
  if (admission === 'pending' && !mayAdmit) return hosted('consent.pendingTitle');
  return hosted('consent.ask');
}

/** Who asks, for whom, at which server, for what, until when, and what happens then. One form, two buttons, no script. */
export function ConsentForm(props: ConsentFormProps) {
  const { request } = props;
  const pending = request.admission === 'pending';
  const mayAllow = request.admission === 'admitted' || (pending && request.mayAdmit);
  return (
    <div className="flex flex-col gap-5">
      {mayAllow ? (
        <p className="text-sm">{hosted('consent.about', { server: visibleText(request.server.title) })}</p>
      ) : (
        <WhyNot {...props} pending={pending} />
      )}
      <RequestFacts {...props} mayAllow={mayAllow} />
      {request.redirectLoopback && mayAllow && <Callout tone="warn">{hosted('consent.loopback')}</Callout>}
      <ConsentTools tools={request.tools} mayAllow={mayAllow} />
      {mayAllow ? <Decision {...props} pending={pending} /> : <Back {...props} />}
    </div>
  );
}

interface RequestFactsProps extends ConsentFormProps {
  readonly mayAllow: boolean;
}

function RequestFacts({ request, person, canonicalUrl, csrfToken, mayAllow }: RequestFactsProps) {
  const { client, server } = request;
  const { name, email } = person;
  return (
    <Facts
      rows={[
        [hosted('consent.agent'), <Client key="agent" {...client} />],
        [
          hosted('consent.redirect'),
          <>
            <strong className="break-words">{request.redirectHost}</strong>
            <Under>{hosted(`consent.redirectTo.${placeOf(request)}`)}</Under>
          </>,
        ],
        [
          hosted('consent.person'),
          <>
            <span className="font-medium">{name ?? email}</span>
            {name !== undefined && email !== undefined && <Under>{email}</Under>}
            <NotMe action={`${canonicalUrl}/sso/sign-out`} csrfToken={csrfToken} />
          </>,
        ],
        [
          hosted('consent.server'),
          <>
            <span className="font-medium">
              <Quoted>{server.title}</Quoted>
            </span>
            <Under>
              <Code>{server.resource}</Code>
            </Under>
          </>,
        ],
        ...(mayAllow ? [until(request.grantExpiresAt)] : []),
      ]}
    />
  );
}

function until(ms: number): FactRow {
  return [
    hosted('consent.until'),
    <>
      <Time ms={ms} />
      <Under>{hosted('consent.untilAbout')}</Under>
    </>,
  ];
}

/** Where the browser goes with the answer: a program on this machine, a website, or an app that opens such links. */
function placeOf({
  redirectLoopback,
  redirectHost,
}: ConsentFormProps['request']): 'loopback' | 'app' | 'website' {
  if (redirectLoopback) return 'loopback';
  return redirectHost.endsWith(':') ? 'app' : 'website';
}

/** A name that an agent gave itself is quoted and marked: it may be anybody's. */
function Client({ id, name, origin }: ConsentFormProps['request']['client']) {
  const isOwnClaim = origin === 'dynamic';
  return (
    <>
      <span className="flex flex-wrap items-center gap-2 font-medium">
        {isOwnClaim ? (
          <q className="min-w-0">
            <Quoted>{name}</Quoted>
          </q>
        ) : (
          <span className="min-w-0">
            <Quoted>{name}</Quoted>
          </span>
        )}
        {isOwnClaim && <Badge tone="warn">{hosted('consent.unverified')}</Badge>}
      </span>
      <Under>{hosted(isOwnClaim ? 'consent.unverifiedAbout' : 'consent.registered')}</Under>
      <Under>
        {hosted('consent.clientId')} <Code>{id}</Code>
      </Under>
    </>
  );
}

function Under({ children }: { readonly children: ReactNode }) {
  return <span className="block text-xs text-muted">{children}</span>;
}

/** Signed in as somebody else: the request belongs to that account, so the way goes back to the agent. */
function NotMe({ action, csrfToken }: { readonly action: string; readonly csrfToken: string | undefined }) {
  return (
    <form action={action} method="post" className="text-xs text-muted">
      <CsrfField token={csrfToken} />
      {hosted('consent.notMe')}{' '}
      <button type="submit" className="link min-h-6">
        {hosted('consent.signOut')}
      </button>
    </form>
  );
}

interface AnswerProps extends ConsentFormProps {
  readonly pending: boolean;
}

function answerAddress({ canonicalUrl, request }: ConsentFormProps): string {
  return `${canonicalUrl}/consent/${request.uid}/decision`;
}

function Decision({ pending, ...props }: AnswerProps) {
  return (
    <>
      <section aria-labelledby="next">
        <h2 id="next" className="mb-2 text-sm font-semibold">
          {hosted('consent.next')}
        </h2>
        <ul className="flex list-disc flex-col gap-1 pl-5 text-sm marker:text-muted">
          <li>
            {hosted(props.request.tools.length === 0 ? 'consent.nextAllowNothing' : 'consent.nextAllow')}
          </li>
          <li>{hosted('consent.nextCalls')}</li>
          <li>
            {hosted('consent.nextEnd')}{' '}
            <a href={`${props.canonicalUrl}/connections`} target="_blank" rel="noopener" className="link">
              {hosted('consent.nextEndLink')}
            </a>
          </li>
        </ul>
      </section>
      <form action={answerAddress(props)} method="post">
        <CsrfField token={props.csrfToken} />
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
    </>
  );
}

/** Nobody may use it yet, or at all. Whoever can change that is told where. */
function WhyNot({ pending, canonicalUrl, request }: AnswerProps) {
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm">{hosted(pending ? 'consent.pending' : 'consent.refused')}</p>
      {pending && (
        <Copyable label={hosted('consent.pendingLink')}>
          {`${canonicalUrl}/agents/${encodeURIComponent(request.client.id)}`}
        </Copyable>
      )}
    </div>
  );
}

function Back(props: ConsentFormProps) {
  return (
    <form action={answerAddress(props)} method="post">
      <CsrfField token={props.csrfToken} />
      <SubmitButton name="effect" value="decline" tone="plain">
        {hosted('consent.back')}
      </SubmitButton>
    </form>
  );
}

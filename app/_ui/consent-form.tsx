import { SubmitButton } from '#ui/button.tsx';
import { Code } from '#ui/code.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { Facts } from '#ui/facts.tsx';
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
  readonly personName: string;
  readonly action: string;
  readonly csrfToken: string;
}

/** What the page asks, or says, depending on whether the agent may be let in at all. */
export function consentTitle({ admission, mayAdmit }: ConsentFormProps['request']): string {
  if (admission === 'refused') return 'This agent is not admitted';
  if (admission === 'pending' && !mayAdmit) return 'This agent has to be admitted first';
  return 'Let this agent act for you?';
}

/** Who asks, for whom, at which server, for what, until when. One form, two buttons, no script. */
export function ConsentForm({ request, personName, action, csrfToken }: ConsentFormProps) {
  const pending = request.admission === 'pending';
  const mayAllow = request.admission === 'admitted' || (pending && request.mayAdmit);
  return (
    <>
      <RequestFacts request={request} personName={personName} />
      {request.redirectLoopback && (
        <p className="mt-4 rounded bg-warn-wash px-3 py-2 text-sm text-warn">
          The answer goes to a program on this computer. Allow it only if you started this from that program
          just now.
        </p>
      )}
      <Tools tools={request.tools} mayAllow={mayAllow} />
      {mayAllow ? (
        <Decision action={action} csrfToken={csrfToken} pending={pending} />
      ) : (
        <NotAdmitted action={action} csrfToken={csrfToken} pending={pending} />
      )}
    </>
  );
}

function RequestFacts({ request, personName }: Pick<ConsentFormProps, 'request' | 'personName'>) {
  const { client, server } = request;
  return (
    <Facts
      rows={[
        [
          'Agent',
          <>
            <q>{client.name}</q>
            <span className="block text-xs text-muted">
              {client.origin === 'file'
                ? 'named by your administrator'
                : 'not verified: this is what it calls itself'}
            </span>
          </>,
        ],
        ['Client id', <Code key="id">{client.id}</Code>],
        ['Answer goes to', <strong key="host">{request.redirectHost}</strong>],
        ['Acts for', personName],
        [
          'At server',
          <>
            {server.title}
            <span className="block">
              <Code>{server.resource}</Code>
            </span>
          </>,
        ],
        ['Until', <Time key="until" ms={request.grantExpiresAt} />],
      ]}
    />
  );
}

interface AnswerProps {
  readonly action: string;
  readonly csrfToken: string;
  readonly pending: boolean;
}

function Decision({ action, csrfToken, pending }: AnswerProps) {
  return (
    <form action={action} method="post" className="mt-6">
      <CsrfField token={csrfToken} />
      {pending && (
        <label className="mb-4 flex items-start gap-2 text-sm">
          <input type="checkbox" name="admit" value="yes" required className="mt-1 size-4" />
          <span>As an admin, admit this agent for everybody in the organisation.</span>
        </label>
      )}
      <div className="flex flex-wrap gap-3">
        <SubmitButton name="effect" value="allow">
          Allow
        </SubmitButton>
        <SubmitButton name="effect" value="decline" tone="plain" unchecked>
          Decline
        </SubmitButton>
      </div>
    </form>
  );
}

function Tools({ tools, mayAllow }: { readonly tools: readonly string[]; readonly mayAllow: boolean }) {
  return (
    <div className="mt-5">
      <h2 className="mb-2 text-sm font-semibold">
        {mayAllow ? 'By today’s policy it will be able to call' : 'By today’s policy it could call'}
      </h2>
      {tools.length === 0 ? (
        <p className="text-sm text-muted">nothing: no policy permits you any tool of this server.</p>
      ) : (
        <ul className="flex flex-wrap gap-2">
          {tools.map((tool) => (
            <li key={tool} className="rounded bg-sunken px-2 py-0.5">
              <Code>{tool}</Code>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-3 text-xs text-muted">
        Every call is checked again and leaves a receipt. You can disconnect the agent at any time under “My
        agents”.
      </p>
    </div>
  );
}

function NotAdmitted({ action, csrfToken, pending }: AnswerProps) {
  return (
    <form action={action} method="post" className="mt-6">
      <p className="mb-4 text-sm">
        {pending
          ? 'An admin of your organisation has to admit this agent before you can use it. Send them the client id and where the answer goes, then start again from the agent.'
          : 'An admin of your organisation decided that this agent may not be used.'}
      </p>
      <CsrfField token={csrfToken} />
      <SubmitButton name="effect" value="decline" tone="plain">
        Back to the agent
      </SubmitButton>
    </form>
  );
}

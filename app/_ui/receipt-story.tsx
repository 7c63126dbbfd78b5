import type { ReactNode } from 'react';
import { Code, CsrfField, EffectBadge, Facts, SubmitButton } from '#ui/parts.tsx';
import { KIND_LABELS, STATUS_WORDS } from '#ui/receipt-words.ts';
import { Time } from '#ui/time.tsx';

interface View {
  readonly row: {
    readonly id: string;
    readonly kind: string;
    readonly at: number;
    readonly index: number;
    readonly log: string;
    readonly mode: string;
    readonly server?: string;
    readonly tool?: string;
    readonly effect?: 'allow' | 'deny' | 'hold';
    readonly status?: string;
    readonly attempt?: string;
    readonly personName?: string;
    readonly agentName?: string;
  };
  readonly disclosed: Readonly<Record<string, unknown>>;
  readonly opened: boolean;
  readonly bodies: readonly string[];
  readonly sdJwt?: string;
  readonly proof?: string;
}

/** A receipt told in order: who, what, why, with what outcome, and where it stands in the log. */
export function ReceiptStory({
  view,
  address,
  csrfToken,
}: {
  readonly view: View;
  readonly address: string;
  readonly csrfToken: string;
}) {
  const { row } = view;
  return (
    <article>
      <h1 className="text-2xl font-semibold">{KIND_LABELS[row.kind] ?? row.kind}</h1>
      <p className="mt-1 flex flex-wrap items-center gap-3 text-sm text-muted">
        <Time ms={row.at * 1000} />
        {row.effect !== undefined && <EffectBadge effect={row.effect} />}
        <Code>{row.id}</Code>
      </p>
      {!view.opened && (
        <p className="mt-4 rounded bg-warn-wash px-3 py-2 text-sm text-warn">
          The person of this receipt was erased. What was about them can no longer be opened by anyone; the
          signature and the place in the log still hold.
        </p>
      )}
      <div className="mt-6 flex flex-col gap-6">
        <Section title="Who">
          <Facts rows={who(view)} />
        </Section>
        <Section title="What">
          <Facts rows={what(view, address)} />
        </Section>
        {row.effect !== undefined && (
          <Section title="Why">
            <Facts rows={why(view)} />
          </Section>
        )}
        {row.status !== undefined && (
          <Section title="Outcome">
            <p className="mb-2 text-sm">{STATUS_WORDS[row.status] ?? row.status}</p>
            <Facts rows={digests(view)} />
          </Section>
        )}
        {view.bodies.length > 0 && (
          <Section title="Bodies">
            <p className="mb-3 max-w-prose text-sm">
              Archived and sealed: {view.bodies.join(', ')}. Opening them is an act of its own and leaves a
              receipt that names you.
            </p>
            <form action={`${address}/bodies`} method="post">
              <CsrfField token={csrfToken} />
              <SubmitButton tone="plain">Open the bodies</SubmitButton>
            </form>
          </Section>
        )}
        <Section title="Place in the log">
          <Facts
            rows={[
              ['Log', <Code key="log">{row.log}</Code>],
              ['Entry', String(row.index)],
            ]}
          />
          <Evidence title="Proof of inclusion (C2SP tlog-proof)" text={view.proof} />
          <Evidence title="Signed receipt (SD-JWT)" text={view.sdJwt} />
        </Section>
      </div>
    </article>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="rounded-lg border border-line bg-surface p-5">
      <h2 className="mb-3 font-medium">{title}</h2>
      {children}
    </section>
  );
}

function Evidence({ title, text }: { readonly title: string; readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <details className="mt-3 text-sm">
      <summary className="cursor-pointer py-1">{title}</summary>
      <pre className="mt-2 max-h-80 overflow-auto rounded bg-sunken p-3 text-xs break-all whitespace-pre-wrap">
        {text}
      </pre>
    </details>
  );
}

type Rows = (readonly [string, ReactNode])[];

function who({ row, disclosed }: View): Rows {
  return [
    ...fact('Person', row.personName ?? disclosed['name']),
    ...fact('Email', disclosed['email']),
    ...fact('Groups', disclosed['groups']),
    ...fact('Agent', row.agentName),
    ...fact('Client id', disclosed['client_id']),
    ...fact('Operator', disclosed['workload']),
    ...fact('Address', disclosed['ip']),
    ['Mode', row.mode],
  ];
}

function what({ row, disclosed }: View, address: string): Rows {
  const attempt =
    row.attempt === undefined
      ? []
      : fact(
          'Attempt',
          <a href={`${address.slice(0, address.lastIndexOf('/'))}/${row.attempt}`}>{row.attempt}</a>,
        );
  return [
    ...fact('Server', row.server),
    ...fact('Tool', row.tool),
    ...fact('Resource', disclosed['uri']),
    ...fact('Prompt', disclosed['prompt']),
    ...fact('Arguments', digest(disclosed['arguments'])),
    ...fact('Details', disclosed['details']),
    ...attempt,
  ];
}

function why({ disclosed }: View): Rows {
  return [...fact('Reasons', disclosed['reasons']), ...fact('Policies', disclosed['policies'])];
}

function digests({ disclosed }: View): Rows {
  return fact('Result', digest(disclosed['result']));
}

function fact(term: string, value: unknown): Rows {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
  if (Array.isArray(value)) return [[term, value.join(', ')]];
  return [[term, typeof value === 'string' ? value : (value as ReactNode)]];
}

function digest(value: unknown): ReactNode {
  if (typeof value !== 'object' || value === null) return undefined;
  const { sha256, bytes } = value as { sha256?: string; bytes?: number };
  return (
    <>
      {bytes} bytes, SHA-256 <Code>{sha256}</Code>
    </>
  );
}

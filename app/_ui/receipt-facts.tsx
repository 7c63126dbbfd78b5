import type { ReactNode } from 'react';
import { Code } from '#ui/code.tsx';
import { CREDENTIAL_WORDS, MODE_WORDS } from '#ui/receipt-words.ts';
import type { ReceiptViewProps } from '#ui/receipt-view.ts';
import { Time } from '#ui/time.tsx';

export type Rows = (readonly [term: string, value: ReactNode])[];

/** Who did it: the person and agent where they may be known, and on whose behalf. */
export function who({ row, opened, disclosed }: ReceiptViewProps): Rows {
  const inPerson = disclosed['client_id'] === undefined ? 'in person, in the browser' : 'through the agent';
  return [
    ...fact('Person', row.personName ?? disclosed['name']),
    ...fact('Email', disclosed['email']),
    ...fact('Groups', disclosed['groups']),
    ...fact('Agent', row.agentName),
    ...code('Client id', disclosed['client_id']),
    ...code('Operator', disclosed['workload']),
    ...code('Address', disclosed['ip']),
    ['Acted', row.mode === 'user' && opened ? inPerson : (MODE_WORDS[row.mode] ?? row.mode)],
  ];
}

/** What was asked for, or what was changed. */
export function what({ row, payload, disclosed }: ReceiptViewProps, address: string): Rows {
  const attempt =
    row.attempt === undefined
      ? []
      : fact(
          'Attempt',
          <a className="link" href={`${address.slice(0, address.lastIndexOf('/'))}/${row.attempt}`}>
            {row.attempt}
          </a>,
        );
  return [
    ...code('Server', row.server),
    ...code('Tool', row.tool),
    ...code('Definition', member(payload, 'tool')['definition_sha256']),
    ...code('Resource', disclosed['uri']),
    ...code('Prompt', disclosed['prompt']),
    ...fact('Arguments', digest(disclosed['arguments'])),
    ...attempt,
    ...key(member(payload, 'key')),
    ...aggregate(member(payload, 'aggregate')),
    ...erasure(member(payload, 'erasure')),
    ...details(disclosed['details']),
  ];
}

/** Which policies said so, and their reasons. */
export function why({ payload, disclosed }: ReceiptViewProps): Rows {
  return [
    ...fact('Reasons', disclosed['reasons']),
    ...fact('Policies', disclosed['policies']),
    ...code('Policy set', member(payload, 'decision')['policy_set_sha256']),
  ];
}

/** What went out, and what came back. */
export function outcome({ payload, disclosed }: ReceiptViewProps): Rows {
  const kind = member(payload, 'credential')['kind'];
  return [
    ...fact('Credential', CREDENTIAL_WORDS[String(kind)] ?? kind),
    ...fact('Result', digest(disclosed['result'])),
    ...fact('As received', digest(disclosed['upstream'])),
  ];
}

function key({ purpose, kid, vkey }: Record<string, unknown>): Rows {
  return [...fact('Purpose', purpose), ...code('Key id', kid), ...code('Verifier key', vkey)];
}

function aggregate({ from, to, counts }: Record<string, unknown>): Rows {
  if (typeof from !== 'number' || typeof to !== 'number') return [];
  const lines = (counts as { reason: string; count: number }[]).map(({ reason, count }): Rows[number] => [
    words(reason),
    String(count),
  ]);
  return [['From', <Time key="from" ms={from * 1000} />], ['To', <Time key="to" ms={to * 1000} />], ...lines];
}

function erasure({ backups_from: from }: Record<string, unknown>): Rows {
  return typeof from === 'number' ? [['Holds for backups from', <Time key="from" ms={from * 1000} />]] : [];
}

/** Details travel as a string that holds JSON, so that nothing in them can pose as a claim. */
function details(text: unknown): Rows {
  if (typeof text !== 'string') return [];
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) return fact('Details', text);
  return Object.entries(parsed).map(([name, value]) => [words(name), detail(name, value)]);
}

function detail(name: string, value: unknown): ReactNode {
  if (typeof value === 'number' && name.endsWith('_at')) return <Time ms={value * 1000} />;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'object' && value !== null) return <Code>{JSON.stringify(value)}</Code>;
  return typeof value === 'string' && /[0-9_:/]/.test(value) ? <Code>{value}</Code> : String(value);
}

/** `policy_set_sha256` as a term: `Policy set sha256`. */
function words(name: string): string {
  const text = name.replaceAll('_', ' ');
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function member(payload: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const value = payload[name];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function code(term: string, value: unknown): Rows {
  return typeof value === 'string' ? [[term, <Code key={term}>{value}</Code>]] : [];
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

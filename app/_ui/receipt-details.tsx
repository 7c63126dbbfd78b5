import type { ReactNode } from 'react';
import { Code } from '#ui/code.tsx';
import { code, fact, member, row, termOf } from '#ui/fact-rows.tsx';
import type { FactRow } from '#ui/facts.tsx';
import { receipts } from '#ui/messages.ts';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';

/** What receipts that are about no call tell: a key, counts, an erasure, and the details of an act. */
export function detailRows(
  payload: Readonly<Record<string, unknown>>,
  details: unknown,
  address: string,
): FactRow[] {
  return [
    ...key(member(payload, 'key')),
    ...aggregate(member(payload, 'aggregate')),
    ...erasure(member(payload, 'erasure')),
    ...textDetails(details, address),
  ];
}

function key({ purpose, kid, vkey }: Readonly<Record<string, unknown>>): FactRow[] {
  return [
    ...fact(receipts('term.purpose'), purpose),
    ...code(receipts('term.kid'), kid),
    ...code(receipts('term.vkey'), vkey),
  ];
}

function aggregate({ from, to, counts }: Readonly<Record<string, unknown>>): FactRow[] {
  if (typeof from !== 'number' || typeof to !== 'number' || !Array.isArray(counts)) return [];
  const lines = (counts as { reason: string; count: number }[]).flatMap(({ reason, count }) =>
    fact(termOf(reason), count),
  );
  return [
    ...row(receipts('term.from'), <Time ms={from * 1000} />),
    ...row(receipts('term.to'), <Time ms={to * 1000} />),
    ...lines,
  ];
}

function erasure({ backups_from: from }: Readonly<Record<string, unknown>>): FactRow[] {
  return typeof from === 'number' ? row(receipts('term.backups'), <Time ms={from * 1000} />) : [];
}

/** Details travel as a string that holds JSON, so that nothing in them can pose as a claim. */
function textDetails(text: unknown, address: string): FactRow[] {
  if (typeof text !== 'string') return [];
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) return fact(receipts('term.details'), text);
  return Object.entries(parsed).flatMap(([name, value]) => row(termOf(name), detail(name, value, address)));
}

function detail(name: string, value: unknown, address: string): ReactNode {
  if (typeof value === 'number' && name.endsWith('_at')) return <Time ms={value * 1000} />;
  if (name === 'receipts' && isTexts(value)) return <Links ids={value} address={address} />;
  // Of a task: the call that made it.
  if (name === 'call' && typeof value === 'string') return <ReceiptLink id={value} address={address} />;
  if (isTexts(value)) return value.length === 0 ? receipts('term.none') : visibleText(value.join(', '));
  if (typeof value === 'object' && value !== null) return <Code>{visibleText(JSON.stringify(value))}</Code>;
  const text = visibleText(String(value));
  return typeof value === 'string' && /[0-9_:/]/.test(value) ? <Code>{text}</Code> : text;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** The receipts that a reading was about. */
function Links({ ids, address }: { readonly ids: readonly string[]; readonly address: string }) {
  return (
    <ul>
      {ids.map((id) => (
        <li key={id}>
          <ReceiptLink id={id} address={address} />
        </li>
      ))}
    </ul>
  );
}

function ReceiptLink({ id, address }: { readonly id: string; readonly address: string }) {
  return (
    <a className="link" href={`${address}/${encodeURIComponent(id)}`}>
      <Code>{visibleText(id)}</Code>
    </a>
  );
}

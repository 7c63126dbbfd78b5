import { Badge, EffectBadge } from '#ui/badge.tsx';
import { receipts } from '#ui/messages.ts';
import { KIND_LABELS, nameReceipt, STATUS_LABELS } from '#ui/receipt-words.ts';
import { Time } from '#ui/time.tsx';
import { visibleText } from '#ui/visible-text.ts';

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly mode: 'user' | 'agent' | 'operator' | 'system';
  readonly server?: string;
  readonly tool?: string;
  readonly effect?: 'allow' | 'deny' | 'hold';
  readonly status?: string;
  readonly personName?: string;
  readonly agentName?: string;
  readonly subject?: string;
  readonly outcome?: { readonly id: string; readonly status: string };
  readonly act?: { readonly name: string; readonly objects: readonly string[] };
}

interface ReceiptTableProps {
  readonly rows: readonly Row[];
  readonly address: string;
  /** One line a call: an attempt among them has no outcome, or one that is no line here. */
  readonly folded: boolean;
}

const CELL = 'px-3 py-2.5 align-top md:px-4';
/** Columns whose content stands in the first one on a phone. */
const WIDE = `${CELL} hidden md:table-cell`;

/** Receipts, one a line. On a phone the lines are narrower and higher, so that nothing scrolls sideways. */
export function ReceiptTable({ rows, address, folded }: ReceiptTableProps) {
  return (
    <div className="rounded-xl border border-line bg-surface">
      <table className="w-full text-left text-sm">
        <caption className="sr-only">{receipts('title')}</caption>
        <thead className="border-b border-line text-xs text-muted">
          <tr>
            <Heading>{receipts('table.what')}</Heading>
            <Heading wide>{receipts('table.who')}</Heading>
            <Heading>{receipts('table.outcome')}</Heading>
            <Heading wide>{receipts('table.time')}</Heading>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={row.id} className="hover:bg-sunken">
              <td className={`${CELL} min-w-32`}>
                <a href={`${address}/${row.id}`} className="link font-medium wrap-anywhere">
                  {nameReceipt(row)}
                </a>
                <span className="block text-xs wrap-anywhere text-muted">{about(row, folded)}</span>
                <span className="block text-xs wrap-anywhere text-muted md:hidden">
                  {who(row)}
                  {row.agentName !== undefined && ` · ${visibleText(row.agentName)}`} <br />
                  <Time ms={row.at * 1000} />
                </span>
              </td>
              <td className={`${WIDE} max-w-56 min-w-36`}>
                <span className="wrap-anywhere">{who(row)}</span>
                {row.agentName !== undefined && (
                  <span className="block text-xs wrap-anywhere text-muted">{visibleText(row.agentName)}</span>
                )}
              </td>
              <td className={`${CELL} md:min-w-36`}>
                <Outcome row={row} folded={folded} />
              </td>
              <td className={`${WIDE} whitespace-nowrap`}>
                <Time ms={row.at * 1000} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ wide = false, children }: { readonly wide?: boolean; readonly children: string }) {
  return (
    <th scope="col" className={`px-3 py-2.5 font-medium md:px-4 ${wide ? 'hidden md:table-cell' : ''}`}>
      {children}
    </th>
  );
}

/** Kind, server and what it was done to, as far as the line does not begin with them. */
function about(row: Row, folded: boolean): string {
  const { kind, server, act } = row;
  const label = KIND_LABELS[kind] ?? kind;
  // Folded, an attempt stands for its call.
  const what = nameReceipt(row) === label || (folded && kind === 'attempt') ? [] : [label];
  return [...what, server, objectsOf(act)].filter((part) => part !== undefined).join(' · ');
}

const OBJECTS_SHOWN = 3;

function objectsOf(act: Row['act']): string | undefined {
  if (act === undefined || act.objects.length === 0) return undefined;
  const shown = act.objects.slice(0, OBJECTS_SHOWN).map(visibleText).join(', ');
  const more = act.objects.length - OBJECTS_SHOWN;
  return more > 0 ? receipts('table.andMore', { shown, more }) : shown;
}

function Outcome({ row, folded }: { readonly row: Row; readonly folded: boolean }) {
  const { effect, status, outcome, kind } = row;
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {effect !== undefined && <EffectBadge effect={effect} />}
      {status !== undefined && status !== 'denied' && <span>{STATUS_LABELS[status] ?? status}</span>}
      {outcome !== undefined && (
        <span>{receipts('table.later', { status: STATUS_LABELS[outcome.status] ?? outcome.status })}</span>
      )}
      {folded && kind === 'attempt' && outcome === undefined && (
        <Badge tone="warn" sign="…">
          {receipts('table.pending')}
        </Badge>
      )}
    </span>
  );
}

function who({ mode, personName, subject }: Row): string {
  if (personName !== undefined) return visibleText(personName);
  return subject === undefined ? receipts(`table.mode.${mode}`) : receipts('table.erased');
}

import { EffectBadge } from '#ui/parts.tsx';
import { KIND_LABELS } from '#ui/receipt-words.ts';
import { Time } from '#ui/time.tsx';

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly mode: string;
  readonly server?: string;
  readonly tool?: string;
  readonly effect?: 'allow' | 'deny' | 'hold';
  readonly status?: string;
  readonly personName?: string;
  readonly agentName?: string;
  readonly subject?: string;
}

/** Receipts as a table that scrolls by itself on a narrow screen. */
export function ReceiptTable({ rows, address }: { readonly rows: readonly Row[]; readonly address: string }) {
  return (
    <section
      className="overflow-x-auto rounded-lg border border-line bg-surface"
      aria-label="Receipts"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
    >
      <table className="w-full text-left text-sm">
        <thead className="border-b border-line text-muted">
          <tr>
            {['Time', 'What', 'Who', 'Decision', 'Outcome'].map((heading) => (
              <th key={heading} scope="col" className="px-4 py-2 font-medium">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={row.id} className="hover:bg-sunken">
              <td className="px-4 py-2 whitespace-nowrap">
                <a href={`${address}/${row.id}`}>
                  <Time ms={row.at * 1000} />
                </a>
              </td>
              <td className="px-4 py-2 whitespace-nowrap">
                {KIND_LABELS[row.kind] ?? row.kind}
                {row.server !== undefined && (
                  <span className="block font-mono text-xs text-muted">
                    {[row.server, row.tool].filter(Boolean).join(' ')}
                  </span>
                )}
              </td>
              <td className="px-4 py-2 whitespace-nowrap">
                {who(row)}
                {row.agentName !== undefined && (
                  <span className="block text-xs text-muted">{row.agentName}</span>
                )}
              </td>
              <td className="px-4 py-2">{row.effect !== undefined && <EffectBadge effect={row.effect} />}</td>
              <td className="px-4 py-2">{row.status?.replaceAll('_', ' ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function who({ mode, personName, subject }: Row): string {
  if (personName !== undefined) return personName;
  if (subject !== undefined) return 'somebody erased';
  return mode === 'agent' ? 'an agent by itself' : mode === 'operator' ? 'an operator' : 'Countersign';
}

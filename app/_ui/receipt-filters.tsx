import { LinkButton, SubmitButton } from '#ui/button.tsx';
import { receipts } from '#ui/messages.ts';
import { PlainField, PlainInput, PlainSelect } from '#ui/plain-field.tsx';
import { fieldTime, listAddress } from '#ui/receipt-address.ts';
import type { ListFilters } from '#api/receipt-query.ts';
import { KIND_LABELS, STATUS_LABELS } from '#ui/receipt-words.ts';
import { visibleText } from '#ui/visible-text.ts';

type Options = readonly (readonly [value: string, label: string])[];

interface Choices {
  readonly people: readonly { readonly reference: string; readonly label: string }[];
  readonly agents: readonly { readonly clientId: string; readonly name: string }[];
  readonly servers: readonly { readonly id: string; readonly tools: readonly string[] }[];
}

interface ReceiptFiltersProps {
  readonly address: string;
  readonly filters: ListFilters;
  readonly all: boolean;
  readonly choices: Choices;
  /** Seconds since the epoch: what the quick ranges count back from. */
  readonly now: number;
}

const EFFECTS = ['allow', 'deny', 'hold'] as const;
const HOUR = 3_600;
const RANGES = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const;
const SELDOM = ['person', 'kind', 'receipt', 'from', 'to'] as const;

/** The list's filters as a plain form: the address is the state, so a view can be kept and sent, and no script is needed. */
export function ReceiptFilters(props: ReceiptFiltersProps) {
  const { address, filters, all, choices } = props;
  const count = Object.keys(filters).length;
  const value = (name: keyof ListFilters) => String(filters[name] ?? '');
  return (
    <section
      aria-label={receipts('filters.title')}
      className="mb-5 rounded-xl border border-line bg-surface p-4"
    >
      <form action={address} method="get">
        {all && <input type="hidden" name="entries" value="all" />}
        <div className="grid grid-cols-2 items-end gap-3 md:grid-cols-3 xl:grid-cols-5">
          <Choice name="server" options={serverOptions(choices)} value={value('server')} />
          <PlainField label={receipts('filters.tool')}>
            <PlainInput name="tool" defaultValue={value('tool')} list="receipt-tools" autoComplete="off" />
          </PlainField>
          <datalist id="receipt-tools">
            {toolNames(choices, filters.server).map((tool) => (
              <option key={tool} value={tool}>
                {tool}
              </option>
            ))}
          </datalist>
          <Choice name="agent" options={agentOptions(choices)} value={value('agent')} />
          <Choice
            name="effect"
            options={EFFECTS.map((effect) => [effect, receipts(`effects.${effect}`)])}
            value={value('effect')}
          />
          <Choice name="status" options={statusOptions()} value={value('status')} />
        </div>
        <SeldomFilters filters={filters} choices={choices} />
        <div className="mt-4 flex flex-wrap items-center gap-2">
          <SubmitButton>{receipts('filters.apply')}</SubmitButton>
          {count > 0 && <LinkButton href={address}>{receipts('filters.clear')}</LinkButton>}
          {count > 0 && <span className="text-sm text-muted">{receipts('filters.active', { count })}</span>}
        </div>
      </form>
      <QuickRanges {...props} />
    </section>
  );
}

/** What one filters by less often, out of the way until one does. */
function SeldomFilters({ filters, choices }: Pick<ReceiptFiltersProps, 'filters' | 'choices'>) {
  const value = (name: keyof ListFilters) => String(filters[name] ?? '');
  return (
    <details className="mt-3" open={SELDOM.some((name) => filters[name] !== undefined)}>
      <summary className="py-1 text-sm font-medium">{receipts('filters.more')}</summary>
      <div className="mt-2 grid grid-cols-1 items-end gap-3 sm:grid-cols-2 md:grid-cols-3 xl:grid-cols-5">
        {choices.people.length > 0 && (
          <Choice
            name="person"
            any={receipts('filters.anyone')}
            options={choices.people.map(({ reference, label }) => [reference, visibleText(label)])}
            value={value('person')}
          />
        )}
        <Choice name="kind" options={Object.entries(KIND_LABELS)} value={value('kind')} />
        <PlainField label={receipts('filters.from')}>
          <PlainInput type="datetime-local" step={1} name="from" defaultValue={fieldTime(filters.from)} />
        </PlainField>
        <PlainField label={receipts('filters.to')}>
          <PlainInput type="datetime-local" step={1} name="to" defaultValue={fieldTime(filters.to)} />
        </PlainField>
        <PlainField label={receipts('filters.receipt')}>
          <PlainInput name="receipt" defaultValue={value('receipt')} autoComplete="off" spellCheck={false} />
        </PlainField>
      </div>
    </details>
  );
}

function Choice({
  name,
  any = receipts('filters.any'),
  options,
  value,
}: {
  readonly name: 'server' | 'agent' | 'effect' | 'status' | 'person' | 'kind';
  readonly any?: string;
  readonly options: Options;
  readonly value: string;
}) {
  // A kept address may name what is known no more: it stays chosen.
  const known = value === '' || options.some(([option]) => option === value);
  return (
    <PlainField label={receipts(`filters.${name}`)}>
      <PlainSelect
        name={name}
        options={[['', any], ...(known ? [] : [[value, value] as const]), ...options]}
        defaultValue={value}
      />
    </PlainField>
  );
}

/** Links, for a time that is counted back from now belongs into the address as the moment that it was. */
function QuickRanges({ address, filters, all, now }: ReceiptFiltersProps) {
  const { from: _from, to: _to, ...others } = filters;
  const ranges = Object.entries(RANGES) as [keyof typeof RANGES, number][];
  return (
    <nav
      aria-label={receipts('range.label')}
      className="mt-4 flex flex-wrap gap-x-5 gap-y-2 border-t border-line pt-3 text-sm"
    >
      {ranges.map(([name, seconds]) => (
        <a
          key={name}
          className="link py-0.5"
          href={listAddress(address, { filters: { ...others, from: now - seconds }, all })}
        >
          {receipts(`range.${name}`)}
        </a>
      ))}
      {(filters.from !== undefined || filters.to !== undefined) && (
        <a className="link py-0.5" href={listAddress(address, { filters: others, all })}>
          {receipts('range.all')}
        </a>
      )}
    </nav>
  );
}

function serverOptions({ servers }: Choices): Options {
  return servers.map(({ id }) => [id, id]);
}

function agentOptions({ agents }: Choices): Options {
  return agents.map(({ clientId, name }) => [clientId, visibleText(name)]);
}

function statusOptions(): Options {
  return [...Object.entries(STATUS_LABELS), ['none', receipts('filters.noOutcome')]];
}

function toolNames({ servers }: Choices, server: string | undefined): readonly string[] {
  const shown = server === undefined ? servers : servers.filter(({ id }) => id === server);
  return [...new Set(shown.flatMap(({ tools }) => tools))].toSorted();
}

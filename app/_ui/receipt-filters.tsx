import { SubmitButton } from '#ui/parts.tsx';

const FIELDS = [
  { name: 'server', label: 'Server' },
  { name: 'tool', label: 'Tool' },
  { name: 'agent', label: 'Agent (client id)' },
] as const;

const EFFECTS = [
  ['', 'any effect'],
  ['allow', 'allowed'],
  ['deny', 'denied'],
  ['hold', 'held'],
] as const;

/** The list's filters as a plain form: the address is the state, so a view can be kept and sent. */
export function ReceiptFilters({
  action,
  filters,
}: {
  readonly action: string;
  readonly filters: Readonly<Record<string, string | number | undefined>>;
}) {
  const value = (name: string) => String(filters[name] ?? '');
  return (
    <form action={action} method="get" className="mb-4 flex flex-wrap items-end gap-3 text-sm">
      {FIELDS.map(({ name, label }) => (
        <label key={name} className="flex flex-col gap-1">
          <span className="text-muted">{label}</span>
          <input
            name={name}
            defaultValue={value(name)}
            className="min-h-9 w-40 rounded border border-control bg-surface px-2"
          />
        </label>
      ))}
      <label className="flex flex-col gap-1">
        <span className="text-muted">Effect</span>
        <select
          name="effect"
          defaultValue={value('effect')}
          className="min-h-9 rounded border border-control bg-surface px-2"
        >
          {EFFECTS.map(([effect, label]) => (
            <option key={effect} value={effect}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <SubmitButton tone="plain">Filter</SubmitButton>
    </form>
  );
}

import { SubmitButton } from '#ui/parts.tsx';
import { KIND_LABELS } from '#ui/receipt-words.ts';

const FIELDS = [
  { name: 'server', label: 'Server' },
  { name: 'tool', label: 'Tool' },
  { name: 'agent', label: 'Agent (client id)' },
] as const;

const KINDS = [['', 'any'] as const, ...Object.entries(KIND_LABELS)];

const EFFECTS = [
  ['', 'any'],
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
      <Choice name="kind" label="What" options={KINDS} value={value('kind')} />
      <Choice name="effect" label="Decision" options={EFFECTS} value={value('effect')} />
      <SubmitButton tone="plain">Filter</SubmitButton>
    </form>
  );
}

function Choice({
  name,
  label,
  options,
  value,
}: {
  readonly name: string;
  readonly label: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly value: string;
}) {
  return (
    <label className="flex flex-col gap-1">
      <span className="text-muted">{label}</span>
      <select
        name={name}
        defaultValue={value}
        className="min-h-9 max-w-40 rounded border border-control bg-surface px-2"
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

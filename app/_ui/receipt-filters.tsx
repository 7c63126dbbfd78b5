import { SubmitButton } from '#ui/button.tsx';
import { PlainField, PlainInput, PlainSelect } from '#ui/plain-field.tsx';
import type { ListFilters } from '#ui/receipt-query.ts';
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
  readonly filters: ListFilters;
}) {
  const value = (name: keyof ListFilters) => String(filters[name] ?? '');
  return (
    <form
      action={action}
      method="get"
      className="mb-5 grid grid-cols-2 items-end gap-3 sm:grid-cols-3 xl:grid-cols-6"
    >
      {FIELDS.map(({ name, label }) => (
        <PlainField key={name} label={label}>
          <PlainInput name={name} defaultValue={value(name)} />
        </PlainField>
      ))}
      <PlainField label="What">
        <PlainSelect name="kind" options={KINDS} defaultValue={value('kind')} />
      </PlainField>
      <PlainField label="Decision">
        <PlainSelect name="effect" options={EFFECTS} defaultValue={value('effect')} />
      </PlainField>
      <SubmitButton tone="plain">Filter</SubmitButton>
    </form>
  );
}

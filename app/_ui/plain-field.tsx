import type { ComponentPropsWithRef, ReactNode } from 'react';

/** A labelled field of a plain form, which needs no script: filters, and the hosted pages. */
export function PlainField({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <label className="flex min-w-0 flex-col gap-1 text-sm">
      <span className="text-muted">{label}</span>
      {children}
    </label>
  );
}

export function PlainInput(props: Omit<ComponentPropsWithRef<'input'>, 'className'>) {
  return <input className="control" {...props} />;
}

interface PlainSelectProps extends Omit<ComponentPropsWithRef<'select'>, 'className' | 'children'> {
  readonly options: readonly (readonly [value: string, label: string])[];
}

export function PlainSelect({ options, ...rest }: PlainSelectProps) {
  return (
    <select className="control" {...rest}>
      {options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

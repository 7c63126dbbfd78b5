'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { JsonForm } from '#ui/json-form.tsx';
import { SignInTestButton } from '#ui/sign-in-test-buttons.tsx';

export interface RoleRow {
  readonly group: string;
  readonly roles: readonly string[];
}

export interface SignInFormWords {
  readonly save: string;
  readonly saved: string;
  readonly roles: string;
  readonly rolesAbout: string;
  readonly group: string;
  readonly addGroup: string;
  readonly removeGroup: string;
  readonly testUnsaved: string;
  readonly testBegins: string;
}

interface SignInFormProps {
  readonly url: string;
  readonly etag: string | undefined;
  readonly rows: readonly RoleRow[];
  readonly roles: readonly { readonly id: string; readonly label: string }[];
  readonly words: SignInFormWords;
  /** The page to load once it is saved, where it shows more than the form that saving changes. */
  readonly next?: string | undefined;
  /** The provider's own fields. */
  readonly children: ReactNode;
}

interface KeyedRow extends RoleRow {
  readonly key: number;
}

/** Provider and roles in one form: they are one resource, saved and tested together. */
export function SignInForm({ url, etag, rows: given, roles, words, next, children }: SignInFormProps) {
  const [rows, setRows] = useState<readonly KeyedRow[]>(given.map((row, key) => ({ ...row, key })));
  const mapping = Object.fromEntries(
    rows
      .filter(({ group, roles: chosen }) => group !== '' && chosen.length > 0)
      .map((row) => [row.group, row.roles]),
  );
  const change = (key: number, next: Partial<RoleRow>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...next } : row)));
  const add = () =>
    setRows([...rows, { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, group: '', roles: [] }]);
  return (
    <JsonForm
      url={url}
      method="PUT"
      etag={etag}
      submit={words.save}
      saved={words.saved}
      {...(next === undefined ? {} : { next })}
      fixed={{ roles: mapping }}
      actions={
        <SignInTestButton
          label={words.testUnsaved}
          pendingLabel={words.testBegins}
          unsaved={{ roles: mapping }}
        />
      }
    >
      {children}
      <fieldset className="flex flex-col gap-3">
        <legend className="text-sm font-medium">{words.roles}</legend>
        <p className="text-sm text-muted">{words.rolesAbout}</p>
        {rows.map((row) => (
          <RoleLine
            key={row.key}
            row={row}
            roles={roles}
            words={words}
            change={(next) => change(row.key, next)}
          >
            <Button tone="quiet" onClick={() => setRows(rows.filter(({ key }) => key !== row.key))}>
              {words.removeGroup}
              <span className="sr-only"> {row.group}</span>
            </Button>
          </RoleLine>
        ))}
        <div>
          <Button onClick={add}>{words.addGroup}</Button>
        </div>
      </fieldset>
    </JsonForm>
  );
}

interface RoleLineProps {
  readonly row: KeyedRow;
  readonly roles: SignInFormProps['roles'];
  readonly words: SignInFormWords;
  readonly change: (next: Partial<RoleRow>) => void;
  readonly children: ReactNode;
}

/** One group and what it is here. Its controls have no name: the form sends them as the mapping. */
function RoleLine({ row, roles, words, change, children }: RoleLineProps) {
  const toggle = (id: string, isChosen: boolean) =>
    change({ roles: isChosen ? [...row.roles, id] : row.roles.filter((each) => each !== id) });
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <input
        className="control w-56"
        aria-label={words.group}
        value={row.group}
        maxLength={256}
        spellCheck={false}
        onChange={(event) => change({ group: event.currentTarget.value })}
      />
      {roles.map(({ id, label }) => (
        <label key={id} className="flex items-center gap-1.5 text-sm">
          <input
            type="checkbox"
            checked={row.roles.includes(id)}
            onChange={(event) => toggle(id, event.currentTarget.checked)}
          />
          {label}
        </label>
      ))}
      {children}
    </div>
  );
}

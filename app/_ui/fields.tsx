'use client';

import { Field } from '@base-ui/react/field';
import { type ReactNode, useId } from 'react';
import type { FieldType } from '#ui/form-body.ts';

interface FieldProps {
  /** Path in the JSON that is sent: `display_name`, `credential.user`. */
  readonly name: string;
  readonly label: string;
  readonly description?: ReactNode;
  readonly defaultValue?: string | number | undefined;
  readonly required?: boolean;
  readonly readOnly?: boolean;
}

/** What a text has to look like, and the words for one that does not. */
interface TextRule {
  readonly pattern: string;
  readonly message: string;
}

interface FrameProps extends FieldProps {
  readonly type?: FieldType;
  readonly rule?: TextRule | undefined;
  readonly children?: ReactNode;
}

function Frame({ name, label, description, rule, children }: FrameProps) {
  return (
    <Field.Root
      name={name}
      validate={(value) => (rule === undefined || fits(rule, value) ? null : rule.message)}
      className="flex flex-col gap-1.5"
    >
      <Field.Label className="text-sm font-medium">{label}</Field.Label>
      {description !== undefined && (
        <Field.Description render={<div />} className="max-w-prose text-sm text-muted">
          {description}
        </Field.Description>
      )}
      {children}
      <Field.Error className="max-w-xl text-sm text-bad" />
    </Field.Root>
  );
}

/** A text that is not there is judged by `required` alone. */
function fits({ pattern }: TextRule, value: unknown): boolean {
  return typeof value !== 'string' || value === '' || new RegExp(pattern).test(value);
}

interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'url' | 'number' | 'password' | 'datetime-local';
  readonly placeholder?: string;
  readonly keepEmpty?: boolean;
  readonly mono?: boolean;
  readonly autoComplete?: string;
  /** Checked before anything is sent. */
  readonly rule?: TextRule;
}

/** One line of text, or a number. */
export function TextField({ type = 'text', keepEmpty = false, mono = false, ...props }: TextFieldProps) {
  const { name, defaultValue, required, readOnly, placeholder, autoComplete = 'off' } = props;
  return (
    <Frame {...props} type="text">
      <Field.Control
        type={type}
        data-field=""
        data-type={type === 'number' ? 'number' : 'text'}
        {...(keepEmpty ? { 'data-keep-empty': '' } : {})}
        className={`control max-w-xl ${mono ? 'font-mono' : ''}`}
        spellCheck={false}
        {...{ name, defaultValue, required, readOnly, placeholder, autoComplete }}
      />
    </Frame>
  );
}

interface TextAreaFieldProps extends FieldProps {
  /** `lines`: a list, one entry a line. `json`: a value as JSON. */
  readonly type?: 'text' | 'lines' | 'json';
  readonly rows?: number;
  readonly mono?: boolean;
  readonly keepEmpty?: boolean;
}

/** Text of several lines, or a list of one entry a line. */
export function TextAreaField({ type = 'text', rows = 4, mono = false, ...props }: TextAreaFieldProps) {
  const { name, defaultValue, required, readOnly, keepEmpty = false } = props;
  return (
    <Frame {...props} type={type}>
      <Field.Control
        render={<textarea rows={rows} />}
        data-field=""
        data-type={type}
        {...(keepEmpty ? { 'data-keep-empty': '' } : {})}
        className={`control max-w-xl ${mono ? 'font-mono text-[0.8125rem]' : ''}`}
        spellCheck={false}
        {...{ name, defaultValue, required, readOnly }}
      />
    </Frame>
  );
}

interface SelectFieldProps extends FieldProps {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChoose?: (value: string) => void;
}

/** One of a few. The browser's own list, which every device knows how to show. */
export function SelectField({ options, onChoose, ...props }: SelectFieldProps) {
  const { name, defaultValue, required } = props;
  return (
    <Frame {...props}>
      <Field.Control
        render={
          <select>
            {options.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        }
        data-field=""
        data-type="text"
        className="control max-w-xl"
        {...(onChoose === undefined ? {} : { onValueChange: onChoose })}
        {...{ name, defaultValue, required }}
      />
    </Frame>
  );
}

interface FlagFieldProps {
  readonly name: string;
  readonly label: ReactNode;
  readonly description?: ReactNode;
  readonly defaultChecked?: boolean;
  readonly required?: boolean;
  readonly disabled?: boolean;
  /** With a value, the ones that are ticked make a list; without, it is true or false. */
  readonly value?: string;
}

/** A tick: true or false, or one entry of a list. */
export function CheckboxField({ label, description, ...input }: FlagFieldProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5 text-sm">
      <input
        id={id}
        type="checkbox"
        data-type={input.value === undefined ? 'flag' : 'choice'}
        className="tick"
        {...(description === undefined ? {} : { 'aria-describedby': `${id}-about` })}
        {...input}
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {description !== undefined && (
          <div id={`${id}-about`} className="text-muted">
            {description}
          </div>
        )}
      </div>
    </div>
  );
}

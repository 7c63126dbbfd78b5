'use client';

import { Form } from '@base-ui/react/form';
import { type ReactNode, type SubmitEvent, useRef, useState } from 'react';
import { Button, type Tone } from '#ui/button.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { composeBody, fieldFor, readControls } from '#ui/form-body.ts';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import type { InputError } from '#ui/send-json.ts';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface JsonFormProps {
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly etag?: string | undefined;
  /** Only if nothing of this name is there yet. */
  readonly create?: boolean;
  /** The last segment of the address is what this field says: a new thing's id. */
  readonly idField?: string;
  readonly submit: string;
  /** Of the button: `danger` for what can't be undone. */
  readonly tone?: Tone;
  /** Where to go when it is done; `{name}` is what the answer, or else the form, says under that name. */
  readonly next?: string;
  /** What to say when it is done and the page stays. */
  readonly saved?: string;
  /** Added to what the fields say. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** With what came back, and what was sent. */
  readonly onDone?: (answer: unknown, sent: Readonly<Record<string, unknown>>) => void;
  /** Shows what is; there is nothing to send. */
  readonly readOnly?: boolean;
  /** Further ways out, beside the button. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

interface Shown {
  readonly fields: Record<string, string[]>;
  readonly rest: readonly InputError[];
}

const NOTHING: Shown = { fields: {}, rest: [] };

/**
 * A form that sends JSON to the API and stays as it is until that worked: what is wrong is said at its field, and the
 * first such field has the focus. Sends once, however often the button is pressed.
 */
export function JsonForm(props: JsonFormProps) {
  const { words } = useConsole();
  const { pending, problem, send } = useJsonRequest<Record<string, unknown> | undefined>();
  const [shown, setShown] = useState(NOTHING);
  const [done, setDone] = useState(false);
  const etag = useRef(props.etag);

  const submit = async (form: HTMLFormElement) => {
    const controls = readControls(form);
    const body: Record<string, unknown> = { ...composeBody(controls), ...props.fixed };
    setDone(false);
    setShown(NOTHING);
    const { create, method } = props;
    const id = props.idField === undefined ? undefined : takeId(body, props.idField);
    const url = id === undefined ? props.url : `${props.url}/${encodeURIComponent(id)}`;
    const outcome = await send({ url, method, body, etag: etag.current, ...(create ? { create } : {}) });
    if (outcome === undefined) return;
    if (!outcome.ok) {
      const errors =
        id === '' ? [{ path: props.idField ?? '', message: words.required }] : outcome.problem.errors;
      setShown(sortErrors(errors, new Set(fieldNames(form))));
      return;
    }
    etag.current = outcome.etag ?? etag.current;
    props.onDone?.(outcome.body, body);
    if (props.next === undefined) setDone(true);
    else location.assign(fill(props.next, { ...body, ...(id === undefined ? {} : { id }), ...outcome.body }));
  };

  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void submit(event.currentTarget);
  };
  return (
    <Form errors={shown.fields} onSubmit={onSubmit} className="flex flex-col gap-5">
      {problem !== undefined && <ProblemCallout problem={problem} errors={shown.rest} />}
      {props.children}
      {!props.readOnly && (
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" tone={props.tone ?? 'primary'} aria-disabled={pending}>
            {pending ? words.sending : props.submit}
          </Button>
          {props.actions}
          <output className="text-sm text-good">{done ? (props.saved ?? words.saved) : ''}</output>
        </div>
      )}
    </Form>
  );
}

function takeId(body: Record<string, unknown>, field: string): string {
  const id = body[field];
  delete body[field];
  return typeof id === 'string' ? id.trim() : '';
}

/** Fields that can show an error of their own: those drawn by `fields.tsx`. */
function fieldNames(form: HTMLFormElement): string[] {
  return [...form.querySelectorAll<HTMLInputElement>('[data-field]')].map(({ name }) => name);
}

function sortErrors(errors: readonly InputError[], names: ReadonlySet<string>): Shown {
  const fields: Record<string, string[]> = {};
  const rest: InputError[] = [];
  for (const error of errors) {
    const name = fieldFor(error.path, names);
    if (name === undefined) rest.push(error);
    else (fields[name] ??= []).push(placed(error));
  }
  return { fields, rest };
}

function placed({ message, line, column }: InputError): string {
  return line === undefined ? message : `${line}:${column ?? 1} ${message}`;
}

function fill(template: string, values: Record<string, unknown>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'string' || typeof value === 'number' ? encodeURIComponent(value) : '';
  });
}

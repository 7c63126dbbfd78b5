import { type ReactNode, useId } from 'react';
import { SubmitButton, type Tone } from '#ui/button.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { common } from '#ui/messages.ts';
import { Question } from '#ui/question.tsx';

interface ConfirmFormProps {
  readonly action: string;
  readonly csrfToken: string | undefined;
  /** Hidden fields of the form. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly button: ReactNode;
  readonly tone?: Tone;
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly children: ReactNode;
  readonly confirm: string;
}

/** A form that asks once more before it does what can't be undone. Works without JavaScript. */
export function ConfirmForm({ tone = 'danger', fields = {}, ...props }: ConfirmFormProps) {
  const id = useId();
  return (
    <Question
      id={id}
      button={props.button}
      tone={tone}
      title={props.title}
      about={props.children}
      cancel={common('cancel')}
      confirm={
        <SubmitButton tone={tone} form={`${id}-form`}>
          {props.confirm}
        </SubmitButton>
      }
    >
      <form id={`${id}-form`} action={props.action} method="post">
        <CsrfField token={props.csrfToken} />
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
      </form>
    </Question>
  );
}

import { type ReactNode, useId } from 'react';
import { Button, SubmitButton, type Tone } from '#ui/button.tsx';
import { CsrfField } from '#ui/csrf-field.tsx';
import { common } from '#ui/messages.ts';

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

/**
 * A form that asks once more before it does what can't be undone. The question is a popover that its button opens by
 * itself, so it works without JavaScript; Escape and a click beside it close it, and focus goes back to the button.
 */
export function ConfirmForm({ tone = 'danger', fields = {}, ...props }: ConfirmFormProps) {
  const id = useId();
  return (
    <>
      <Button tone={tone} popoverTarget={id}>
        {props.button}
      </Button>
      <dialog id={id} popover="auto" className="sheet" aria-labelledby={`${id}-title`}>
        <form action={props.action} method="post" className="p-6">
          <CsrfField token={props.csrfToken} />
          {Object.entries(fields).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <h2 id={`${id}-title`} className="text-lg font-semibold text-balance break-words">
            {props.title}
          </h2>
          <div className="mt-2 text-sm text-muted">{props.children}</div>
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- focus of an opened question belongs on its safe answer */}
            <Button popoverTarget={id} popoverTargetAction="hide" autoFocus>
              {common('cancel')}
            </Button>
            <SubmitButton tone={tone}>{props.confirm}</SubmitButton>
          </div>
        </form>
      </dialog>
    </>
  );
}

import type { ReactNode } from 'react';
import { Button, type Tone } from '#ui/button.tsx';

interface QuestionProps {
  /** Of the window: one per page. */
  readonly id: string;
  readonly button: ReactNode;
  readonly tone: Tone;
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly about: ReactNode;
  readonly cancel: string;
  /** The button that says yes. */
  readonly confirm: ReactNode;
  /** Below the words: a refusal, fields that are sent along. */
  readonly children?: ReactNode;
}

/**
 * A button that asks once more. The question is a popover that its button opens by itself, so it works without JavaScript;
 * Escape and a click beside it close it, and the focus goes back to the button.
 */
export function Question({ id, ...props }: QuestionProps) {
  return (
    <>
      <Button tone={props.tone} popoverTarget={id}>
        {props.button}
      </Button>
      <dialog id={id} popover="auto" className="sheet" aria-labelledby={`${id}-title`}>
        <div className="p-6">
          <h2 id={`${id}-title`} className="text-lg font-semibold text-balance wrap-anywhere">
            {props.title}
          </h2>
          <div className="mt-2 text-sm break-words whitespace-normal text-muted">{props.about}</div>
          {props.children}
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- focus of an opened question belongs on its safe answer */}
            <Button popoverTarget={id} popoverTargetAction="hide" autoFocus>
              {props.cancel}
            </Button>
            {props.confirm}
          </div>
        </div>
      </dialog>
    </>
  );
}

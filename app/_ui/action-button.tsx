'use client';

import { type ReactNode, useId } from 'react';
import { Button, type Tone } from '#ui/button.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface ActionButtonProps {
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly etag?: string | undefined;
  readonly button: ReactNode;
  readonly tone?: Tone;
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly children: ReactNode;
  readonly confirm: string;
  readonly cancel: string;
  /** Where to go when it is done; without it, this page is loaded again. */
  readonly next?: string;
  /** Instead of going anywhere. */
  readonly onDone?: (answer: unknown) => void;
}

/** A button that asks once more, then calls the API. What the API refuses is said where it was asked. */
export function ActionButton({ tone = 'danger', ...props }: ActionButtonProps) {
  const id = useId();
  const { words } = useConsole();
  const { pending, problem, send } = useJsonRequest();
  const run = async () => {
    const { url, method, body, etag } = props;
    const outcome = await send({ url, method, etag, ...(body === undefined ? {} : { body }) });
    if (outcome?.ok !== true) return;
    document.getElementById(id)?.hidePopover();
    if (props.onDone !== undefined) props.onDone(outcome.body);
    else if (props.next === undefined) location.reload();
    else location.assign(props.next);
  };
  return (
    <>
      <Button tone={tone} popoverTarget={id}>
        {props.button}
      </Button>
      <dialog id={id} popover="auto" className="sheet" aria-labelledby={`${id}-title`}>
        <div className="p-6">
          <h2 id={`${id}-title`} className="text-lg font-semibold text-balance break-words">
            {props.title}
          </h2>
          <div className="mt-2 text-sm break-words whitespace-normal text-muted">{props.children}</div>
          {problem !== undefined && (
            <div className="mt-4">
              <ProblemCallout problem={problem} />
            </div>
          )}
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- focus of an opened question belongs on its safe answer */}
            <Button popoverTarget={id} popoverTargetAction="hide" autoFocus>
              {props.cancel}
            </Button>
            <Button tone={tone} aria-disabled={pending} onClick={() => void run()}>
              {pending ? words.sending : props.confirm}
            </Button>
          </div>
        </div>
      </dialog>
    </>
  );
}

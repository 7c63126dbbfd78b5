'use client';

import { type ReactNode, useId } from 'react';
import { Button, type Tone } from '#ui/button.tsx';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface ApiActProps {
  readonly url: string;
  readonly method: 'POST' | 'DELETE';
  readonly body?: unknown;
  /** Where to go when it is done. */
  readonly next: string;
  readonly tone?: Tone;
  readonly button: ReactNode;
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly detail: string;
  readonly confirm: string;
  readonly cancel: string;
}

/** One act of the API behind a question. The question stays open, with the reason, while the act was refused. */
export function ApiAct({ tone = 'danger', ...props }: ApiActProps) {
  const id = useId();
  const { words } = useConsole();
  const { pending, problem, send } = useJsonRequest();
  const act = async () => {
    const { url, method, body } = props;
    const outcome = await send({ url, method, ...(body === undefined ? {} : { body }) });
    if (outcome?.ok) location.assign(props.next);
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
          <p className="mt-2 text-sm text-muted">{props.detail}</p>
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
            <Button tone={tone} aria-disabled={pending} onClick={() => void act()}>
              {pending ? words.sending : props.confirm}
            </Button>
          </div>
        </div>
      </dialog>
    </>
  );
}

'use client';

import { type ReactNode, useId } from 'react';
import { Button, type Tone } from '#ui/button.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { Question } from '#ui/question.tsx';
import { versionShown } from '#ui/send-json.ts';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface ActionButtonProps {
  readonly url: string;
  readonly method: 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly etag?: string | undefined;
  readonly button: ReactNode;
  readonly tone?: Tone;
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly children: ReactNode;
  /** What the button of the question says, if not the same again. */
  readonly confirm?: string;
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
    const { url, method, body } = props;
    const etag = versionShown(url, props.etag);
    const outcome = await send({ url, method, etag, ...(body === undefined ? {} : { body }) });
    if (outcome?.ok !== true) return;
    document.getElementById(id)?.hidePopover();
    if (props.onDone !== undefined) props.onDone(outcome.body);
    else if (props.next === undefined) location.reload();
    else location.assign(props.next);
  };
  return (
    <Question
      id={id}
      button={props.button}
      tone={tone}
      title={props.title}
      about={props.children}
      cancel={words.cancel}
      confirm={
        <Button tone={tone} aria-disabled={pending} onClick={() => void run()}>
          {pending ? words.sending : (props.confirm ?? props.button)}
        </Button>
      }
    >
      {problem !== undefined && (
        <div className="mt-4">
          <ProblemCallout problem={problem} />
        </div>
      )}
    </Question>
  );
}

'use client';

import { Button } from '#ui/button.tsx';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface ConfirmedRequestProps {
  /** Of the popover: one per page. */
  readonly id: string;
  readonly url: string;
  readonly method: 'POST' | 'DELETE';
  readonly etag?: string | undefined;
  /** Where to go when it is done. */
  readonly next: string;
  readonly tone: 'primary' | 'danger';
  readonly button: string;
  readonly title: string;
  readonly about: string;
  readonly cancel: string;
}

/** A request to the API that is asked about once more. */
export function ConfirmedRequest({ id, tone, next, ...props }: ConfirmedRequestProps) {
  const { pending, problem, send } = useJsonRequest();
  const confirm = async () => {
    const outcome = await send({ url: props.url, method: props.method, etag: props.etag });
    if (outcome?.ok) location.assign(next);
  };
  return (
    <>
      <Button tone={tone} popoverTarget={id}>
        {props.button}
      </Button>
      <dialog id={id} popover="auto" className="sheet p-6" aria-labelledby={`${id}-title`}>
        <h2 id={`${id}-title`} className="text-lg font-semibold text-balance break-words">
          {props.title}
        </h2>
        <p className="mt-2 text-sm text-muted">{props.about}</p>
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
          <Button tone={tone} aria-disabled={pending} onClick={() => void confirm()}>
            {props.button}
          </Button>
        </div>
      </dialog>
    </>
  );
}

'use client';

import type { MouseEvent } from 'react';
import { Button } from '#ui/button.tsx';
import { useConsole } from '#ui/console-context.tsx';
import { composeBody, readControls } from '#ui/form-body.ts';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface SignInTestButtonProps {
  readonly label: string;
  readonly pendingLabel: string;
  /** What the form's other parts say; with it, what the form says is tested instead of what is saved. */
  readonly unsaved?: Readonly<Record<string, unknown>>;
}

/** Begins a test sign-in and goes to the provider. */
export function SignInTestButton({ label, pendingLabel, unsaved }: SignInTestButtonProps) {
  const { canonicalUrl } = useConsole();
  const { pending, problem, send } = useJsonRequest<{ readonly redirect_to: string }>();
  const begin = async (form: HTMLFormElement | null) => {
    const provider =
      unsaved === undefined || form === null ? undefined : { ...composeBody(readControls(form)), ...unsaved };
    const url = `${canonicalUrl}/api/v1/sign-in-tests`;
    const body = provider === undefined ? {} : { identity_provider: provider };
    const outcome = await send({ url, method: 'POST', body });
    if (outcome?.ok) location.assign(outcome.body.redirect_to);
  };
  const onClick = (event: MouseEvent<HTMLButtonElement>) => void begin(event.currentTarget.form);
  return (
    <>
      <Button aria-disabled={pending} onClick={onClick}>
        {pending ? pendingLabel : label}
      </Button>
      {problem !== undefined && (
        <div className="basis-full">
          <ProblemCallout problem={problem} />
        </div>
      )}
    </>
  );
}

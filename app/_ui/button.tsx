import type { ComponentPropsWithRef, ReactNode } from 'react';

export type Tone = 'primary' | 'plain' | 'quiet' | 'danger';

const TONES: Record<Tone, string> = {
  primary: 'bg-accent text-accent-ink border-transparent hover:bg-accent-strong',
  plain: 'bg-surface text-ink border-control hover:bg-sunken',
  quiet: 'bg-transparent text-ink border-transparent hover:bg-sunken',
  danger: 'bg-surface text-bad border-bad hover:bg-bad-wash',
};

/** How a button looks, for whatever element is one. Its size is above the 24 px of WCAG 2.5.8. */
export function buttonClass(tone: Tone = 'primary'): string {
  return `inline-flex min-h-9 items-center justify-center gap-2 rounded-md border px-3.5 py-1.5 text-sm font-medium whitespace-nowrap no-underline aria-disabled:cursor-not-allowed aria-disabled:opacity-60 disabled:cursor-not-allowed disabled:opacity-60 ${TONES[tone]}`;
}

interface ButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'className'> {
  readonly tone?: Tone;
}

/** A button that does something on this page. */
export function Button({ tone = 'plain', type = 'button', ...rest }: ButtonProps) {
  // oxlint-disable-next-line react/button-has-type -- its type is a parameter with a safe default
  return <button type={type} className={buttonClass(tone)} {...rest} />;
}

interface SubmitButtonProps {
  readonly children: ReactNode;
  readonly tone?: Tone;
  readonly name?: string;
  readonly value?: string;
  /** The id of its form, if it stands outside of it. */
  readonly form?: string;
  /** Submits whatever the form's fields say: to refuse, nothing has to be filled in. */
  readonly unchecked?: boolean;
}

/** A button that submits its form. */
export function SubmitButton({ tone = 'primary', unchecked = false, ...rest }: SubmitButtonProps) {
  return <button type="submit" formNoValidate={unchecked} className={buttonClass(tone)} {...rest} />;
}

interface LinkButtonProps extends Omit<ComponentPropsWithRef<'a'>, 'className'> {
  readonly href: string;
  readonly tone?: Tone;
}

/** A link that is the next step, and therefore drawn as a button. */
export function LinkButton({ tone = 'plain', children, ...rest }: LinkButtonProps) {
  return (
    <a className={buttonClass(tone)} {...rest}>
      {children}
    </a>
  );
}

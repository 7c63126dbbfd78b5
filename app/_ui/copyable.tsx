import { CodeBlock } from '#ui/code.tsx';
import { CopyButton } from '#ui/copy-button.tsx';
import { common } from '#ui/messages.ts';

interface CopyableProps {
  /** What it is. */
  readonly label: string;
  readonly children: string;
  readonly copy?: string;
}

/** A text to be taken elsewhere, with the button that takes it. */
export function Copyable({ label, children, copy = common('copy') }: CopyableProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-end justify-between gap-2">
        <p className="text-sm text-muted">{label}</p>
        <CopyButton text={children} label={copy} done={common('copied')} />
      </div>
      <CodeBlock label={label} wrap>
        {children}
      </CodeBlock>
    </div>
  );
}

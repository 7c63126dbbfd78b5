import type { ReactNode } from 'react';

/** Text that is compared or copied rather than read. An address goes on after a slash, a hash wherever the line ends. */
export function Code({ children }: { readonly children: ReactNode }) {
  return (
    <code className="font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
      {typeof children === 'string' ? withBreaks(children) : children}
    </code>
  );
}

function withBreaks(text: string): ReactNode {
  return text
    .split(/(?<=[^/:]\/)(?!\/)/)
    .flatMap((part, index) => (index === 0 ? [part] : [<wbr key={`${index} ${part}`} />, part]));
}

interface CodeBlockProps {
  readonly children: string;
  /** What it is, for whoever can't see it. */
  readonly label: string;
  readonly wrap?: boolean;
}

/** Text of several lines, scrolling by itself. */
export function CodeBlock({ children, label, wrap = false }: CodeBlockProps) {
  return (
    <section
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="max-h-96 overflow-auto rounded-md border border-line bg-canvas p-3"
    >
      <pre
        className={`font-mono text-[0.8125rem] leading-relaxed ${wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : ''}`}
      >
        {wrap ? withBreaks(children) : children}
      </pre>
    </section>
  );
}

'use client';

import { useEffect, useRef } from 'react';
import { Button } from '#ui/button.tsx';
import { CodeBlock } from '#ui/code.tsx';
import type { PolicyEditorWords } from '#ui/messages.ts';

interface PolicyConflictProps {
  /** Undefined: it was removed. */
  readonly theirs: string | undefined;
  readonly mine: string;
  readonly words: PolicyEditorWords;
  readonly onTake: () => void;
  readonly onKeep: () => void;
}

/** Two people saved the same policy: both texts, and which of them to go on with. */
export function PolicyConflict({ theirs, mine, words, onTake, onKeep }: PolicyConflictProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section role="alert" className="rounded-lg bg-warn-wash px-4 py-3 text-sm">
      <h2 ref={heading} tabIndex={-1} className="font-semibold text-warn outline-none">
        {words.conflictTitle}
      </h2>
      <p className="text-warn">{words.conflictAbout}</p>
      <div className="mt-3 grid gap-3 md:grid-cols-2">
        <Text title={words.theirs} text={theirs ?? words.gone} />
        <Text title={words.mine} text={mine} />
      </div>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button tone="primary" onClick={onKeep}>
          {words.keepMine}
        </Button>
        {theirs !== undefined && <Button onClick={onTake}>{words.takeTheirs}</Button>}
      </div>
    </section>
  );
}

function Text({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div>
      <h3 className="mb-1 font-medium">{title}</h3>
      <CodeBlock label={title} wrap>
        {text}
      </CodeBlock>
    </div>
  );
}

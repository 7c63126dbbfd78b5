'use client';

import { useEffect, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { Icon } from '#ui/icon.tsx';

const SHOWN_MS = 2_000;

interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
  /** Said once it is in the clipboard. */
  readonly done: string;
}

/** Puts a text into the clipboard and says so. Both words have their room from the start, so that nothing moves. */
export function CopyButton({ text, label, done }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // Refused by the browser: the text stands beside the button and can be selected.
      () => setCopied(false),
    );
  };
  return (
    <Button onClick={copy}>
      <Icon name={copied ? 'done' : 'copy'} size={16} />
      <span className="grid text-left">
        <span className={`[grid-area:1/1] ${copied ? 'invisible' : ''}`}>{label}</span>
        <span aria-hidden="true" className="invisible [grid-area:1/1]">
          {done}
        </span>
        <output className="text-good [grid-area:1/1]">{copied ? done : ''}</output>
      </span>
    </Button>
  );
}

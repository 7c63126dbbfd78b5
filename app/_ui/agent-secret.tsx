'use client';

import { useEffect, useRef } from 'react';
import { LinkButton } from '#ui/button.tsx';
import { CodeBlock } from '#ui/code.tsx';
import { CopyButton } from '#ui/copy-button.tsx';
import type { AgentWords } from '#ui/messages.ts';
import { fillWords } from '#ui/fill-words.ts';

interface AgentSecretProps {
  readonly clientId: string;
  readonly secret: string;
  /** Gets a token with it, reading it from the environment. */
  readonly command: string;
  readonly words: AgentWords['secret'];
  readonly next: string;
}

/** A secret that was just made: it is on this page alone, in memory alone, and gone with it. */
export function AgentSecret({ clientId, secret, command, words, next }: AgentSecretProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section
      className="flex flex-col gap-4 rounded-xl border border-line bg-warn-wash p-5"
      aria-labelledby="secret"
    >
      <div>
        <h2 id="secret" ref={heading} tabIndex={-1} className="font-semibold text-warn">
          {words.title}
        </h2>
        <p className="mt-1 max-w-prose text-sm">{words.about}</p>
      </div>
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-0 grow">
          <CodeBlock label={fillWords(words.value, { clientId })} wrap>
            {secret}
          </CodeBlock>
        </div>
        <CopyButton text={secret} label={words.copy} done={words.copied} />
      </div>
      <div className="flex flex-col gap-2">
        <p className="text-sm">{words.use}</p>
        <CodeBlock label={words.use} wrap>
          {command}
        </CodeBlock>
        <div>
          <CopyButton text={command} label={words.copyCommand} done={words.copied} />
        </div>
      </div>
      <div>
        <LinkButton href={next}>{words.continue}</LinkButton>
      </div>
    </section>
  );
}

'use client';

import { type ReactNode, useState } from 'react';
import { ActionButton } from '#ui/action-button.tsx';
import { AgentSecret } from '#ui/agent-secret.tsx';
import type { AgentWords } from '#ui/messages.ts';

interface RotateSecretProps {
  readonly clientId: string;
  readonly url: string;
  readonly page: string;
  readonly command: string;
  readonly words: AgentWords['secret'];
  readonly button: string;
  readonly title: string;
  readonly confirm: string;
  readonly children: ReactNode;
}

/** Makes a new secret and shows it, once, where its button was. */
export function RotateSecret({ clientId, url, page, command, words, ...dialog }: RotateSecretProps) {
  const [secret, setSecret] = useState<string>();
  if (secret !== undefined)
    return <AgentSecret clientId={clientId} secret={secret} command={command} words={words} next={page} />;
  return (
    <ActionButton
      url={url}
      method="POST"
      onDone={(answer) => setSecret((answer as { readonly secret: string }).secret)}
      {...dialog}
    />
  );
}

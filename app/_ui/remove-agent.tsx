import type { ReactNode } from 'react';
import { ActionButton } from '#ui/action-button.tsx';
import { Card } from '#ui/card.tsx';
import { agents } from '#ui/messages.ts';

interface RemoveAgentProps {
  readonly name: string;
  readonly url: string;
  readonly etag?: string;
  readonly canonicalUrl: string;
  /** What goes with it. */
  readonly children: ReactNode;
}

/** The end of an agent, asked for twice. */
export function RemoveAgent({ name, url, etag, canonicalUrl, children }: RemoveAgentProps) {
  return (
    <Card title={agents('view.remove')} description={children}>
      <ActionButton
        url={url}
        method="DELETE"
        etag={etag}
        button={agents('view.remove')}
        title={agents('view.removeTitle', { name })}
        confirm={agents('view.removeConfirm')}
        next={`${canonicalUrl}/agents`}
      >
        {children}
      </ActionButton>
    </Card>
  );
}

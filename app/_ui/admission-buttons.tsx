import { ActionButton } from '#ui/action-button.tsx';
import { agents } from '#ui/messages.ts';
import { visibleText } from '#ui/visible-text.ts';

interface AdmissionButtonsProps {
  readonly agent: {
    readonly clientId: string;
    readonly name: string;
    readonly standing: 'admitted' | 'pending' | 'refused';
  };
  readonly redirects: readonly string[];
  readonly canonicalUrl: string;
}

/** Lets an agent that registered itself in, or keeps it out. */
export function AdmissionButtons({ agent, redirects, canonicalUrl }: AdmissionButtonsProps) {
  const name = visibleText(agent.name);
  const url = `${canonicalUrl}/api/v1/agents/${encodeURIComponent(agent.clientId)}/admission`;
  const redirect = redirects.length === 0 ? agents('noRedirect') : redirects.map(visibleText).join(', ');
  const hidden = <span className="sr-only"> {name}</span>;
  return (
    <span className="flex flex-wrap gap-2">
      {agent.standing !== 'admitted' && (
        <ActionButton
          url={url}
          method="POST"
          body={{ admission: 'admitted' }}
          tone="primary"
          button={
            <>
              {agents('admit')}
              {hidden}
            </>
          }
          title={agents('admitTitle', { name })}
          confirm={agents('admit')}
        >
          {agents('admitDetail', { redirect })}
        </ActionButton>
      )}
      {agent.standing !== 'refused' && (
        <ActionButton
          url={url}
          method="POST"
          body={{ admission: 'refused' }}
          button={
            <>
              {agents('refuse')}
              {hidden}
            </>
          }
          title={agents('refuseTitle', { name })}
          confirm={agents('refuse')}
        >
          {agents('refuseDetail')}
        </ActionButton>
      )}
    </span>
  );
}

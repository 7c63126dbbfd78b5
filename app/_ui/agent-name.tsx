import { Badge, type BadgeTone } from '#ui/badge.tsx';
import { Code } from '#ui/code.tsx';
import { agents } from '#ui/messages.ts';
import { Quoted } from '#ui/quoted.tsx';
import { visibleText } from '#ui/visible-text.ts';

type Standing = 'admitted' | 'pending' | 'refused';

const TONES = { admitted: 'good', pending: 'warn', refused: 'bad' } as const satisfies Record<
  Standing,
  BadgeTone
>;
const SIGNS = { admitted: '✓', pending: '…', refused: '✕' } as const;

/** Whether an agent may act today. */
export function StandingBadge({ standing }: { readonly standing: Standing }) {
  return (
    <Badge tone={TONES[standing]} sign={SIGNS[standing]}>
      {agents(`standing.${standing}`)}
    </Badge>
  );
}

interface AgentNameProps {
  readonly agent: { readonly name: string; readonly clientId: string; readonly origin: 'file' | 'dynamic' };
  readonly href?: string;
}

/** What an agent is called. A name that it gave itself is marked as such, wherever it stands. */
export function AgentName({ agent, href }: AgentNameProps) {
  const name = <Quoted>{agent.name}</Quoted>;
  return (
    <>
      <span className="flex flex-wrap items-center gap-2">
        {href === undefined ? (
          <span className="font-medium">{name}</span>
        ) : (
          <a href={href} className="link font-medium">
            {name}
          </a>
        )}
        {agent.origin === 'dynamic' && <Badge tone="warn">{agents('unverified')}</Badge>}
      </span>
      <Code>{visibleText(agent.clientId)}</Code>
    </>
  );
}

import { CsrfField, Code, SubmitButton } from '#ui/parts.tsx';
import { Time } from '#ui/time.tsx';

interface AgentCardProps {
  readonly agent: {
    readonly clientId: string;
    readonly name: string;
    readonly origin: 'file' | 'dynamic' | 'unknown';
    readonly grants: readonly {
      readonly id: string;
      readonly server: string;
      readonly createdAt: number;
      readonly expiresAt: number;
      readonly lastUsedAt?: number;
    }[];
  };
  readonly canonicalUrl: string;
  readonly csrfToken: string;
}

/** One agent that acts for the visitor: where, since when, until when, and the way to end it. */
export function AgentCard({ agent, canonicalUrl, csrfToken }: AgentCardProps) {
  return (
    <li className="rounded-lg border border-line bg-surface p-5">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <h2 className="font-semibold break-words">{agent.name}</h2>
          <p className="text-sm text-muted">
            {agent.origin === 'file'
              ? 'Registered by your administrator'
              : 'Registered itself; the name is its own claim'}
            {' · '}
            <Code>{agent.clientId}</Code>
          </p>
        </div>
        <form action={`${canonicalUrl}/connections/disconnect`} method="post">
          <CsrfField token={csrfToken} />
          <input type="hidden" name="client_id" value={agent.clientId} />
          <SubmitButton tone="danger">
            Disconnect<span className="sr-only"> {agent.name}</span>
          </SubmitButton>
        </form>
      </div>
      <ul className="mt-4 divide-y divide-line text-sm">
        {agent.grants.map((grant) => (
          <li key={grant.id} className="grid gap-x-6 gap-y-1 py-2 sm:grid-cols-2 lg:grid-cols-4">
            <span className="font-medium">{grant.server}</span>
            <span className="text-muted">
              since <Time ms={grant.createdAt} />
            </span>
            <span className="text-muted">
              {grant.lastUsedAt === undefined ? (
                'not used yet'
              ) : (
                <>
                  last call <Time ms={grant.lastUsedAt} />
                </>
              )}
            </span>
            <span className="text-muted">
              until <Time ms={grant.expiresAt} />
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}

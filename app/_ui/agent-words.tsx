import type { ClientId } from '#lib/core';
import type { Problem } from '#lib/edge';
import { z } from 'zod';
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

interface Metadata {
  readonly redirect_uris?: unknown;
  readonly grant_types?: unknown;
  readonly token_endpoint_auth_method?: unknown;
  readonly client_uri?: unknown;
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** What an agent's stored metadata says, in the members that pages show. */
export function readMetadata(metadata: object) {
  const { redirect_uris, grant_types, token_endpoint_auth_method, client_uri } = metadata as Metadata;
  return {
    redirects: texts(redirect_uris),
    grantTypes: texts(grant_types),
    authentication: typeof token_endpoint_auth_method === 'string' ? token_endpoint_auth_method : 'none',
    homepage: typeof client_uri === 'string' ? client_uri : undefined,
  };
}

/** A client id in an address. */
export const clientId = z
  .string()
  .min(1)
  .max(2048)
  .transform((text) => text as ClientId);

export const NO_AGENT: Problem = {
  status: 404,
  code: 'no-such-agent',
  title: agents('missing.title'),
  detail: agents('missing.detail'),
  remedy: agents('missing.remedy'),
};

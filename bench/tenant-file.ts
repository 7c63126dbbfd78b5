/** Ids of the servers: the same upstream, with and without attempts, and one that lists many tools. */
export const SERVERS = { ledger: 'ledger', waived: 'ledger-waived', many: 'many' } as const;
export type BenchServer = keyof typeof SERVERS;

export const PERSON_EMAIL = 'alice@acme.example';
/** What every measured call asks for, and what the upstream answers. */
export const TOOL_CALL = {
  name: 'post_entry',
  arguments: { account: 'travel', amount: 12, environment: 'staging' },
};
export const MARKER = '"posted"';
/** Tools of the server that lists many; half of them may be seen. */
export const MANY_TOOLS = 200;

const IDENTITY_PROVIDER_SECRET = 'COUNTERSIGN_SECRET_BENCH_IDP';
const AGENT_SECRET = 'COUNTERSIGN_SECRET_BENCH_AGENT';
export const SECRET_VARIABLES = { identityProvider: IDENTITY_PROVIDER_SECRET, agent: AGENT_SECRET } as const;
export const CLIENT_ID = 'countersign';
/** The agent of a tenant without people. */
export const AGENT_ID = 'nightly';

export interface TenantFileOptions {
  readonly issuer: string;
  readonly upstreamUrl: string;
  readonly slug: string;
  /** Servers beside the ones that every run has. */
  readonly furtherServers?: number;
}

/** The id of a further server, from 0. */
export function furtherServer(which: number): string {
  return `ledger-${which}`;
}

/** JSON is YAML too. Two permits (the person's, the agent's) and, for each server, one forbid that looks at an argument. */
export function benchTenantFile({
  issuer,
  upstreamUrl,
  slug,
  furtherServers = 0,
}: TenantFileOptions): string {
  const further = Array.from({ length: furtherServers }, (_, which) => furtherServer(which));
  const server = (id: string, more: object) => ({
    id,
    title: `Ledger (${id})`,
    url: upstreamUrl,
    credential: { user: 'minted', agent: 'minted' },
    email: true,
    ...more,
  });
  return JSON.stringify({
    tenant: { slug, display_name: 'Benchmark', demo: true },
    admission: 'open',
    identity_provider: {
      issuer,
      client_id: CLIENT_ID,
      client_secret: `env:${IDENTITY_PROVIDER_SECRET}`,
      scopes: ['profile', 'email', 'groups'],
    },
    roles: { '*': ['member'] },
    servers: [
      server(SERVERS.ledger, {}),
      server(SERVERS.waived, { without_attempt: [TOOL_CALL.name] }),
      server(SERVERS.many, { url: new URL('/many', upstreamUrl).href }),
      ...further.map((id) => server(id, { url: new URL(`/${id}`, upstreamUrl).href })),
    ],
    policies: {
      'agents-for-users': 'permit (principal is Agent, action, resource) when { context.mode == "user" };',
      engineering: 'permit (principal in Group::"engineering", action == Action::"tools/call", resource);',
      'hidden-from-everybody': `forbid (principal, action == Action::"tools/call", resource in Server::"${SERVERS.many}") when { ${hiddenTools()} };`,
      'no-entries-in-prod': noEntriesInProd(SERVERS.ledger),
      'no-entries-in-prod-waived': noEntriesInProd(SERVERS.waived),
      ...Object.fromEntries(further.map((id) => [`no-entries-in-prod-${id}`, noEntriesInProd(id)])),
    },
  });
}

/** A tenant without people: an agent that acts for nobody, and one server. Its policies are those of an agent alone. */
export function agentTenantFile({ upstreamUrl, slug }: Omit<TenantFileOptions, 'issuer'>): string {
  return JSON.stringify({
    tenant: { slug, display_name: `Tenant ${slug}`, demo: true },
    servers: [{ id: SERVERS.ledger, title: 'Ledger', url: upstreamUrl, credential: { agent: 'minted' } }],
    agents: [
      {
        client_id: AGENT_ID,
        name: 'Nightly job',
        secret: `env:${AGENT_SECRET}`,
        grant_types: ['client_credentials'],
      },
    ],
    policies: {
      nightly: `permit (principal == Agent::"${AGENT_ID}", action == Action::"tools/call", resource in Server::"${SERVERS.ledger}");`,
      'no-entries-in-prod': noEntriesInProd(SERVERS.ledger),
    },
  });
}

function noEntriesInProd(server: string): string {
  return `@reason("Entries in prod are posted by the release train.")
forbid (principal, action == Action::"tools/call", resource == Tool::"${server}/post_entry")
when { context.arguments.environment == "prod" };`;
}

/** Every second of the many tools, one by one, as an admin would write it. */
function hiddenTools(): string {
  const odd = Array.from(
    { length: MANY_TOOLS / 2 },
    (_, index) => `Tool::"${SERVERS.many}/tool_${2 * index + 1}"`,
  );
  return `[${odd.join(', ')}].contains(resource)`;
}

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
export const SECRET_VARIABLES = { identityProvider: IDENTITY_PROVIDER_SECRET } as const;
export const CLIENT_ID = 'countersign';

/** JSON is YAML too. Two permits (the person's, the agent's) and one forbid that looks at an argument. */
export function benchTenantFile(issuer: string, upstreamUrl: string, slug: string): string {
  const server = (id: string, more: object) => ({
    id,
    title: `Ledger (${id})`,
    url: upstreamUrl,
    credential: { user: 'minted', agent: 'minted' },
    email: true,
    ...more,
  });
  const noEntriesInProd = (id: string) =>
    `@reason("Entries in prod are posted by the release train.")
forbid (principal, action == Action::"tools/call", resource == Tool::"${id}/post_entry")
when { context.arguments.environment == "prod" };`;
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
    ],
    policies: {
      'agents-for-users': 'permit (principal is Agent, action, resource) when { context.mode == "user" };',
      engineering: 'permit (principal in Group::"engineering", action == Action::"tools/call", resource);',
      'hidden-from-everybody': `forbid (principal, action == Action::"tools/call", resource in Server::"${SERVERS.many}") when { ${hiddenTools()} };`,
      'no-entries-in-prod': noEntriesInProd(SERVERS.ledger),
      'no-entries-in-prod-waived': noEntriesInProd(SERVERS.waived),
    },
  });
}

/** Every second of the many tools, one by one, as an admin would write it. */
function hiddenTools(): string {
  const odd = Array.from(
    { length: MANY_TOOLS / 2 },
    (_, index) => `Tool::"${SERVERS.many}/tool_${2 * index + 1}"`,
  );
  return `[${odd.join(', ')}].contains(resource)`;
}

import type { Applied, AppliedServer, ManifestProblem } from './types.ts';

/** What an application did, for a terminal: also every pinned definition with its hash. */
export function describeApplied(applied: Applied): string {
  const { tenant, created, policySet, identityProvider } = applied;
  return [
    `${created ? 'created' : 'applied'} tenant ${tenant.slug} (${tenant.displayName}) at ${tenant.canonicalUrl}`,
    `  identity provider  ${identityProvider}`,
    ...applied.servers.flatMap(describeServer),
    ...applied.removedServers.map((id) => `  server ${id}  removed, and every grant for it ended`),
    ...applied.agents.map(({ clientId, change }) => `  agent ${clientId}  ${change}`),
    ...applied.removedAgents.map((clientId) => `  agent ${clientId}  removed`),
    `  policies  version ${policySet.version}${policySet.changed ? '' : ' (unchanged)'}  ${policySet.sha256}`,
    ...applied.unusable.map(
      ({ server, tool, message }) => `  ! ${server}/${tool} can't be called by anybody: ${message}`,
    ),
    ...applied.warnings.map((warning) => `  ! ${warning}`),
  ].join('\n');
}

function describeServer({ id, url, mcpUrl, change, pins }: AppliedServer): readonly string[] {
  const head = `  server ${id}  ${change}  ${url}\n    agents connect to ${mcpUrl}`;
  if (pins === undefined) return [head];
  const news = new Map<string, string>([
    ...pins.added.map((name) => [name, 'new'] as const),
    ...pins.changed.map((name) => [name, 'changed'] as const),
  ]);
  return [
    head,
    ...pins.pinned.map(({ kind, name, sha256 }) => {
      const label = `${kind} ${name}`;
      return `    ${sha256}  ${label}${news.has(label) ? `  (${news.get(label)})` : ''}`;
    }),
    ...pins.removed.map((name) => `    ${'-'.repeat(64)}  ${name}  (gone)`),
    ...pins.skipped.map(
      ({ kind, index, name, message }) =>
        `    ! ${kind} ${name ?? `number ${index + 1}`} is not pinned: it ${message}`,
    ),
  ];
}

export function describeProblem(
  { at, line, column, file, message }: ManifestProblem,
  tenantFile: string,
): string {
  return `${file ?? tenantFile}:${line}:${column}: ${at === '' ? '' : `${at}: `}${message}`;
}

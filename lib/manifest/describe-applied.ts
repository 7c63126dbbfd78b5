import { describeChanges } from './describe-changes.ts';
import type { Applied, AppliedServer, ManifestProblem } from './types.ts';

/** What an application did, for a terminal: also every pinned definition with its hash. A dry run: what it would do. */
export function describeApplied(applied: Applied): string {
  const { warnings, unusable } = applied;
  return [
    ...(applied.dryRun ? describeForeseen(applied) : describeDone(applied)),
    ...unusable.map(
      ({ server, tool, message }) => `  ! ${server}/${tool} can't be called by anybody: ${message}`,
    ),
    ...warnings.map((warning) => `  ! ${warning}`),
  ].join('\n');
}

function describeForeseen({ tenant, created, changes }: Applied): readonly string[] {
  if (changes.length === 0 && !created)
    return [`tenant ${tenant.slug} is as the file says: nothing would change`];
  const head = created
    ? `would create tenant ${tenant.slug} (${tenant.displayName}) at ${tenant.canonicalUrl}`
    : `would change tenant ${tenant.slug} at ${tenant.canonicalUrl}`;
  return [head, ...describeChanges(changes)];
}

function describeDone(applied: Applied): readonly string[] {
  const { tenant, created, policySet, identityProvider, changes } = applied;
  const moved = changes.filter(({ change }) => change === 'taken-over' || change === 'released');
  return [
    `${created ? 'created' : 'applied'} tenant ${tenant.slug} (${tenant.displayName}) at ${tenant.canonicalUrl}`,
    `  identity provider  ${identityProvider}`,
    ...applied.servers.flatMap(describeServer),
    ...applied.removedServers.map((id) => `  server ${id}  removed, and every grant for it ended`),
    ...applied.agents.map(({ clientId, change }) => `  agent ${clientId}  ${change}`),
    ...applied.removedAgents.map((clientId) => `  agent ${clientId}  removed`),
    `  policies  version ${policySet.version}${policySet.changed ? '' : ' (unchanged)'}  ${policySet.sha256}`,
    ...describeChanges(
      moved.map(({ kind, id, change }) => ({
        kind,
        change,
        members: [],
        ...(id === undefined ? {} : { id }),
      })),
    ),
  ];
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

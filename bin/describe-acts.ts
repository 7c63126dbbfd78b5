import type { CaseResult, Finding, ReopenedLog, ShreddedTenant } from '#lib/runtime';

/** What a reopening did, and what is left to do by hand. */
export function describeReopened(tenant: string, done: ReopenedLog): string {
  const { previous, missingEntries, erasedAgain } = done;
  return [
    `opened ${done.log}${previous === undefined ? '' : `, which continues ${previous}`}`,
    `ended ${done.endedGrants} grants, ${done.endedBrowserSessions} browser sessions and ${done.endedMcpSessions} MCP sessions`,
    `erased again ${erasedAgain} people whom the ledger names`,
    `${missingEntries} entries of the old log were seen and are not in this database; whoever holds them can still verify them`,
    '',
    `What was changed after the backup is undone: apply the file of ${tenant} again, and give auditors the new trust file`,
    `(countersign bundle --tenant ${tenant} --trust …).`,
  ].join('\n');
}

/** What became of a tenant's keys, and where copies of them may still be. */
export function describeShredded(tenant: string, { state, destroyedFrom, log }: ShreddedTenant): string {
  const closed = log === undefined ? [] : [`closed ${log.origin} with ${log.size} entries`];
  const when = destroyedFrom === undefined ? '' : ` from ${new Date(destroyedFrom).toISOString()}`;
  const keys =
    state === 'destroyed'
      ? `destroyed the keys of ${tenant}: nothing sealed for it opens any more, here or from a backup of the database`
      : `the keys of ${tenant} are deleted here; their provider destroys the key-encryption key${when}: run this again then, for only from then on it holds for backups`;
  return [
    ...closed,
    keys,
    'Copies of the key file itself (backups of KEYS_DIR, snapshots) are yours to destroy.',
  ].join('\n');
}

/** A line for each finding, and below what is wrong how to mend it. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ name, ok, detail, remedy }) => [
      `${ok ? 'ok  ' : 'FAIL'} ${name}${detail === undefined ? '' : `: ${detail}`}`,
      ...(remedy === undefined ? [] : [`     ${remedy}`]),
    ])
    .join('\n');
}

/** A line for each case, and below one that was answered otherwise what was expected and what came. */
export function describeCases(results: readonly CaseResult[]): string {
  const lines = results.flatMap(({ name, passed, expected, decision, problems }) => {
    if (passed) return [`ok   ${name}`];
    const came =
      decision === undefined
        ? []
        : [`     expected ${describeAnswer(expected)}`, `     came     ${describeAnswer(decision)}`];
    const reasons = (decision?.reasons ?? []).map((reason) => `     ${reason}`);
    const faults = problems.map(({ path, message }) => `     ${path}: ${message}`);
    return [`FAIL ${name}`, ...came, ...reasons, ...faults];
  });
  const failed = results.filter(({ passed }) => !passed).length;
  const count = `${results.length} cases`;
  return [...lines, failed === 0 ? `${count}, all as expected` : `${count}, ${failed} not as expected`].join(
    '\n',
  );
}

interface Answer {
  readonly effect: string;
  readonly policies?: readonly string[] | undefined;
  readonly hidden?: boolean | undefined;
}

function describeAnswer({ effect, policies = [], hidden }: Answer): string {
  const by = policies.length > 0 ? [`by ${policies.join(', ')}`] : [];
  return [effect, ...by, ...(hidden === true ? ['(hidden)'] : [])].join(' ');
}

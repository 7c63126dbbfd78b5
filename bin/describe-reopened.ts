import type { ReopenedLog } from '#lib/runtime';

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

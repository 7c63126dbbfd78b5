import type { ServerView } from '#lib/runtime';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { type FactRow, Facts } from '#ui/facts.tsx';
import { servers } from '#ui/messages.ts';
import { Credentials } from '#ui/server-table.tsx';
import { Time } from '#ui/time.tsx';

/** What stands behind a server's address here, for those who may know. */
export function ServerFacts({ facts }: { readonly facts: NonNullable<ServerView['admin']> }) {
  const { url, transport, credential, approvedAt, pinned, drifted, waivers } = facts;
  const rows: readonly FactRow[] = [
    [servers(transport === 'stdio' ? 'view.aboutProgram' : 'view.aboutUrl'), <Code key="url">{url}</Code>],
    [servers('view.aboutCredential'), <Credentials key="credential" {...credential} />],
    [
      servers('view.aboutApproved'),
      approvedAt === undefined ? (
        <span key="approved" className="text-muted">
          {servers('view.aboutNever')}
        </span>
      ) : (
        <Time key="approved" ms={approvedAt} />
      ),
    ],
    [servers('view.aboutPinned'), pinned],
    ...(drifted === 0 ? [] : [[servers('view.aboutDrifted'), drifted] as const]),
    ...(waivers === 0 ? [] : [[servers('view.aboutWaivers'), waivers] as const]),
  ];
  return (
    <Card title={servers('view.about')}>
      <Facts rows={rows} />
    </Card>
  );
}

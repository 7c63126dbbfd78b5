import type { KeyOverview, RotatableKey, SigningKeyView } from '#lib/runtime';
import { ActionButton } from '#ui/action-button.tsx';
import { Badge } from '#ui/badge.tsx';
import { Card } from '#ui/card.tsx';
import { Code } from '#ui/code.tsx';
import { CopyButton } from '#ui/copy-button.tsx';
import { type FactRow, Facts } from '#ui/facts.tsx';
import { keys } from '#ui/messages.ts';
import { Time } from '#ui/time.tsx';

interface KeyCardProps {
  readonly purpose: RotatableKey;
  readonly overview: KeyOverview;
  readonly canonicalUrl: string;
  readonly mayRotate: boolean;
}

interface ShownKey {
  readonly id: string;
  readonly state: 'inactive' | 'active' | 'retired';
  readonly createdAt: number;
  readonly activatedAt?: number;
  readonly retiredAt?: number;
  readonly signing?: SigningKeyView;
}

/** The keys of one purpose: the one in force with all that is public about it, and those before it. */
export function KeyCard({ purpose, overview, canonicalUrl, mayRotate }: KeyCardProps) {
  const all = keysOf(purpose, overview);
  const inForce = all.find(({ state }) => state === 'active');
  const earlier = all.filter((key) => key !== inForce);
  const name = keys(`purpose.${purpose}`);
  const rotate = mayRotate && inForce !== undefined && (
    <ActionButton
      url={`${canonicalUrl}/api/v1/keys/${purpose}/rotation`}
      method="POST"
      body={{ in_force: inForce.id }}
      tone="plain"
      button={
        <>
          {keys('rotate')}
          <span className="sr-only"> {name}</span>
        </>
      }
      title={keys('rotateTitle', { purpose: name.toLowerCase() })}
      confirm={keys('rotateConfirm')}
    >
      <p>{keys(`rotateDetail.${purpose}`)}</p>
      <p className="mt-2">{keys('rotateWho')}</p>
    </ActionButton>
  );
  return (
    <Card title={name} description={keys(`about.${purpose}`)} actions={rotate}>
      {inForce === undefined ? (
        <p className="text-sm text-muted">{keys('noneInForce')}</p>
      ) : (
        <Facts rows={rowsOf(inForce, canonicalUrl)} />
      )}
      {earlier.length > 0 && (
        <details className="mt-4 text-sm">
          <summary className="text-muted">{keys('earlier', { count: earlier.length })}</summary>
          <ul className="mt-3 flex flex-col gap-4">
            {earlier.map((key) => (
              <li key={key.id} className="border-t border-line pt-3">
                <Facts rows={rowsOf(key, canonicalUrl)} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

function keysOf(purpose: RotatableKey, { signing, sealing }: KeyOverview): readonly ShownKey[] {
  if (purpose === 'data') return sealing.filter((key) => key.purpose === purpose);
  return signing
    .filter((key) => key.purpose === purpose)
    .toSorted((left, right) => (right.activatedAt ?? 0) - (left.activatedAt ?? 0))
    .map((key) => ({ ...key, id: key.kid, signing: key }));
}

function rowsOf({ id, state, signing, ...key }: ShownKey, canonicalUrl: string): readonly FactRow[] {
  const since = key.activatedAt ?? key.createdAt;
  return [
    [
      signing === undefined ? keys('keyId') : keys('thumbprint'),
      <span key="id" className="flex flex-wrap items-center gap-2">
        <Code>{id}</Code>
        <Badge tone={state === 'active' ? 'good' : 'neutral'}>{keys(`state.${state}`)}</Badge>
      </span>,
    ],
    ...(signing?.vkey === undefined ? [] : vkeyRows(signing.vkey, signing.keyHash)),
    [keys('since'), <Time key="since" ms={since} />],
    ...(key.retiredAt === undefined
      ? []
      : [[keys('until'), <Time key="until" ms={key.retiredAt} />] as const]),
    ...(signing === undefined ? [] : [announcement(signing.announcedBy, canonicalUrl)]),
  ];
}

function vkeyRows(vkey: string, keyHash: string | undefined): readonly FactRow[] {
  return [
    [keys('keyHash'), <Code key="hash">{keyHash ?? ''}</Code>],
    [
      keys('vkey'),
      <span key="vkey" className="flex flex-wrap items-center gap-2">
        <Code>{vkey}</Code>
        <CopyButton text={vkey} label={keys('copy')} done={keys('copied')} />
      </span>,
    ],
  ];
}

function announcement(receipt: string | undefined, canonicalUrl: string): FactRow {
  const value =
    receipt === undefined ? (
      keys('notAnnounced')
    ) : (
      <a href={`${canonicalUrl}/receipts/${receipt}`} className="link break-all">
        {keys('receipt', { id: receipt })}
      </a>
    );
  return [keys('announcedBy'), value];
}

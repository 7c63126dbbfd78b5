import type { ReactNode } from 'react';
import { Callout } from '#ui/callout.tsx';
import { Code } from '#ui/code.tsx';
import type { ReceiptWords } from '#ui/messages.ts';
import { visibleText } from '#ui/visible-text.ts';
import type { CheckLine, PinnedKey, VerdictModel } from '#ui/verify/verdict-model.ts';

type Words = ReceiptWords['verify'];

const TONES = { VALID: 'good', INVALID: 'bad', UNVERIFIABLE: 'warn' } as const;
const STATES = {
  passed: { tone: 'bg-good-wash text-good', sign: '✓' },
  failed: { tone: 'bg-bad-wash text-bad', sign: '✕' },
  open: { tone: 'bg-warn-wash text-warn', sign: '?' },
} as const satisfies Record<CheckLine['state'], object>;

interface VerdictViewProps {
  readonly model: VerdictModel;
  readonly words: Words;
  /** Fingerprints that this server names, to compare with those of the trust file. */
  readonly servedKeys?: readonly string[] | undefined;
}

/** The verdict, each check with what it proves and what not, and what no verdict covers. */
export function VerdictView({ model, words, servedKeys }: VerdictViewProps) {
  const { verdict, checks, log, notes, noteCount, receipts, receiptCount, pinned } = model;
  // What is wrong stands first: nobody should have to look for it.
  const inOrder = [...checks].sort((left, right) => rank(left) - rank(right));
  return (
    <div className="flex flex-col gap-4">
      <Callout tone={TONES[verdict]} title={verdict}>
        <p>{words.verdict[verdict]}</p>
        {log !== undefined && (
          <p className="mt-1 text-xs break-all">
            {words.log} {visibleText(log.origin)}, {log.size} {words.entries}
          </p>
        )}
      </Callout>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {inOrder.map((check) => (
          <Check key={check.name} check={check} words={words} />
        ))}
      </ul>
      <Details summary={`${words.receipts} (${receiptCount})`}>
        <ul className="flex flex-col gap-1">
          {receipts.map(({ at, id, index, what }) => (
            <li key={at}>
              <Code>{id ?? at}</Code> {what === undefined ? '' : visibleText(what)}{' '}
              <span className="text-muted">#{index ?? '?'}</span>
            </li>
          ))}
          {receiptCount > receipts.length && <li>{words.more}</li>}
        </ul>
      </Details>
      {pinned.length > 0 && <Keys keys={pinned} words={words} servedKeys={servedKeys} />}
      {notes.length > 0 && (
        <Details summary={`${words.notes} (${noteCount})`}>
          <ul className="list-disc pl-5">
            {notes.map((note) => (
              <li key={note}>{visibleText(note)}</li>
            ))}
            {noteCount > notes.length && <li>{words.more}</li>}
          </ul>
        </Details>
      )}
    </div>
  );
}

function rank({ state }: CheckLine): number {
  return state === 'failed' ? 0 : state === 'open' ? 1 : 2;
}

function Check({ check, words }: { readonly check: CheckLine; readonly words: Words }) {
  const { name, state, proves, butNot, findings } = check;
  return (
    <li className="px-4 py-3 text-sm" data-check={name} data-state={state}>
      <div className="flex flex-wrap items-center gap-2">
        <State state={state}>{words.state[state]}</State>
        <span className="font-medium">{words.check[name]}</span>
      </div>
      <p className="mt-1">
        {state === 'passed' ? words.proves : words.wouldProve} {proves}.{' '}
        {state === 'passed' && (
          <span className="text-muted">
            {words.butNot} {butNot}.
          </span>
        )}
      </p>
      {findings.length > 0 && (
        <ul className="mt-1 list-disc pl-5 break-words">
          {findings.map(({ at, detail }, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- two findings may read alike, and none ever moves
            <li key={index}>
              {at !== undefined && <Code>{at}</Code>} {visibleText(detail)}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function Keys({
  keys,
  words,
  servedKeys,
}: {
  readonly keys: readonly PinnedKey[];
  readonly words: Words;
  readonly servedKeys: readonly string[] | undefined;
}) {
  return (
    <Details summary={`${words.keys} (${keys.length})`} open={servedKeys !== undefined}>
      <p className="mb-2 text-muted">{words.keysHint}</p>
      <ul className="flex flex-col gap-2">
        {keys.map(({ use, fingerprint }) => (
          <li key={`${use} ${fingerprint}`} className="flex flex-wrap items-center gap-2">
            <span>{words.keyUse[use]}</span>
            <Code>{visibleText(fingerprint)}</Code>
            {servedKeys !== undefined && <Known is={servedKeys.includes(fingerprint)} words={words} />}
          </li>
        ))}
      </ul>
    </Details>
  );
}

function Known({ is, words }: { readonly is: boolean; readonly words: Words }) {
  return <State state={is ? 'passed' : 'open'}>{is ? words.sameKey : words.otherKey}</State>;
}

/** In sign, word and colour. */
function State({ state, children }: { readonly state: CheckLine['state']; readonly children: ReactNode }) {
  const { tone, sign } = STATES[state];
  return (
    <span className={`inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 text-xs font-medium ${tone}`}>
      <span aria-hidden="true">{sign}</span>
      {children}
    </span>
  );
}

function Details({
  summary,
  open = false,
  children,
}: {
  readonly summary: string;
  readonly open?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <details className="text-sm" open={open}>
      <summary className="py-1 font-medium">{summary}</summary>
      <div className="pt-1">{children}</div>
    </details>
  );
}

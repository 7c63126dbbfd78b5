'use client';

import { lazy, Suspense, useId, useRef, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { FILE_INPUT } from '#ui/verify/file-input.ts';
import { useConsole } from '#ui/console-context.tsx';
import type { ReceiptWords } from '#ui/messages.ts';
import type { VerdictModel } from '#ui/verify/verdict-model.ts';

const VerdictView = lazy(async () => ({
  default: (await import('#ui/verify/verdict-view.tsx')).VerdictView,
}));

interface Verified {
  readonly model: VerdictModel;
  /** Against the reader's own trust file: what this server names, to compare. */
  readonly servedKeys?: readonly string[];
}

type Outcome = Verified | 'unreachable' | 'failed';

/** Verifies a receipt's own bundle in the browser, against the trust file served here or the reader's own. */
export function ReceiptVerifier({
  receipt,
  words,
}: {
  readonly receipt: string;
  readonly words: ReceiptWords['verify'];
}) {
  const { canonicalUrl } = useConsole();
  const hint = useId();
  const run = useRef(0);
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const [own, setOwn] = useState<string>();
  const start = async (trust: string | undefined) => {
    const mine = ++run.current;
    setBusy(true);
    const found = await verify(canonicalUrl, receipt, trust);
    // A file was chosen meanwhile: that verification says more.
    if (mine !== run.current) return;
    setOutcome(found);
    setBusy(false);
  };
  const choose = async (file: File | undefined) => {
    const trust = await file?.text();
    setOwn(trust);
    await start(trust);
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <Button tone="primary" aria-disabled={busy} onClick={() => void (busy || start(own))}>
          {busy ? words.busy : outcome === undefined ? words.button : words.again}
        </Button>
        <label className="flex min-w-0 flex-col gap-1 text-sm">
          <span className="font-medium">{words.own}</span>
          <input
            type="file"
            accept=".json,application/json"
            aria-describedby={hint}
            className={FILE_INPUT}
            onChange={(event) => void choose(event.currentTarget.files?.[0])}
          />
          <span id={hint} className="text-xs text-muted">
            {words.ownHint}
          </span>
        </label>
      </div>
      <div aria-live="polite" aria-busy={busy}>
        {outcome !== undefined && <Result outcome={outcome} words={words} />}
      </div>
    </div>
  );
}

function Result({ outcome, words }: { readonly outcome: Outcome; readonly words: ReceiptWords['verify'] }) {
  if (outcome === 'unreachable') return <Callout tone="bad">{words.unreachable}</Callout>;
  if (outcome === 'failed') return <Callout tone="bad">{words.failed}</Callout>;
  return (
    <div className="flex flex-col gap-4">
      <Suspense>
        <VerdictView model={outcome.model} words={words} servedKeys={outcome.servedKeys} />
      </Suspense>
      {outcome.servedKeys === undefined ? (
        <Callout tone="warn">{words.served}</Callout>
      ) : (
        <Callout tone="note">{words.pinned}</Callout>
      )}
    </div>
  );
}

async function verify(canonicalUrl: string, receipt: string, own: string | undefined): Promise<Outcome> {
  const [bundle, served] = await Promise.all([
    fetchText(`${canonicalUrl}/api/v1/receipts/${receipt}/bundle`),
    fetchText(`${canonicalUrl}/log/trust.json`),
  ]);
  if (bundle === undefined || served === undefined) return 'unreachable';
  const { openVerifier } = await import('#ui/verify/open-verifier.ts');
  const verifier = openVerifier();
  const byServed = await verifier.run({ bundle, trust: served });
  const byOwn = own === undefined ? undefined : await verifier.run({ bundle, trust: own });
  verifier.close();
  if (byServed === undefined || (own !== undefined && byOwn === undefined)) return 'failed';
  return byOwn === undefined
    ? { model: byServed }
    : { model: byOwn, servedKeys: byServed.pinned.map(({ fingerprint }) => fingerprint) };
}

async function fetchText(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { redirect: 'error', cache: 'no-store' });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

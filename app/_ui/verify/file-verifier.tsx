'use client';

import { lazy, Suspense, useEffect, useId, useRef, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { Callout } from '#ui/callout.tsx';
import { FILE_INPUT } from '#ui/verify/file-input.ts';
import type { ReceiptWords } from '#ui/messages.ts';
import type { Verifier } from '#ui/verify/open-verifier.ts';
import type { VerdictModel } from '#ui/verify/verdict-model.ts';

const loadView = async () => ({ default: (await import('#ui/verify/verdict-view.tsx')).VerdictView });
const VerdictView = lazy(loadView);

const FILE_BYTES_MAX = 200 * 1024 * 1024;

type Outcome = VerdictModel | 'failed' | 'tooLarge';

/** Verifies a bundle from a file against a trust file, in the browser alone. */
export function FileVerifier({ words }: { readonly words: Pick<ReceiptWords, 'file' | 'verify'> }) {
  const run = useRef(0);
  const verifier = useVerifier();
  const [bundle, setBundle] = useState<File>();
  const [trust, setTrust] = useState<File>();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const start = async () => {
    if (bundle === undefined || verifier === undefined || busy) return;
    const mine = ++run.current;
    setBusy(true);
    const found = await verifyFiles(verifier, bundle, trust);
    if (mine !== run.current) return;
    setOutcome(found);
    setBusy(false);
  };
  const forget = () => {
    run.current += 1;
    setBusy(false);
    setOutcome(undefined);
  };
  const isReady = bundle !== undefined && verifier !== undefined && !busy;
  return (
    <div className="flex flex-col gap-5">
      <div className="grid grid-cols-1 gap-4 md:grid-cols-2">
        <FileField
          label={words.file.bundle}
          hint={words.file.bundleHint}
          choose={words.file.choose}
          file={bundle}
          onFile={(file) => {
            forget();
            setBundle(file);
          }}
        />
        <FileField
          label={words.file.trust}
          hint={words.file.trustHint}
          choose={words.file.choose}
          file={trust}
          onFile={(file) => {
            forget();
            setTrust(file);
          }}
        />
      </div>
      <div>
        <Button tone="primary" aria-disabled={!isReady} onClick={() => void start()}>
          {busy ? words.verify.busy : words.file.button}
        </Button>
      </div>
      <div aria-live="polite" aria-busy={busy} className="empty:-mt-5">
        {(outcome === 'failed' || outcome === 'tooLarge') && (
          <Callout tone="bad">{outcome === 'failed' ? words.verify.failed : words.file.tooLarge}</Callout>
        )}
        {typeof outcome === 'object' && (
          <Suspense>
            <VerdictView model={outcome} words={words.verify} />
          </Suspense>
        )}
      </div>
    </div>
  );
}

/** Everything that is needed is here before a file is chosen: from then on nothing is asked of anybody. */
function useVerifier(): Verifier | undefined {
  const [verifier, setVerifier] = useState<Verifier>();
  useEffect(() => {
    let opened: Verifier | undefined;
    let left = false;
    const open = async () => {
      const [{ openVerifier }] = await Promise.all([import('#ui/verify/open-verifier.ts'), loadView()]);
      if (left) return;
      opened = openVerifier();
      setVerifier(opened);
    };
    void open();
    return () => {
      left = true;
      opened?.close();
    };
  }, []);
  return verifier;
}

async function verifyFiles(verifier: Verifier, bundle: File, trust: File | undefined): Promise<Outcome> {
  if (bundle.size > FILE_BYTES_MAX || (trust?.size ?? 0) > FILE_BYTES_MAX) return 'tooLarge';
  const request = { bundle: await bundle.text(), trust: await trust?.text() };
  return (await verifier.run(request)) ?? 'failed';
}

interface FileFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly choose: string;
  readonly file: File | undefined;
  readonly onFile: (file: File | undefined) => void;
}

/** A file, chosen or dropped. */
function FileField({ label, hint, choose, file, onFile }: FileFieldProps) {
  const id = useId();
  const [over, setOver] = useState(false);
  return (
    <div
      className={`flex min-w-0 flex-col rounded-xl border border-dashed p-5 ${over ? 'border-accent bg-accent-wash' : 'border-control bg-surface'}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFile(event.dataTransfer.files[0]);
      }}
    >
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      <p id={`${id}-hint`} className="mt-1 mb-3 grow text-sm text-muted">
        {hint}
      </p>
      <input
        id={id}
        type="file"
        accept=".json,application/json"
        aria-describedby={`${id}-hint`}
        className={FILE_INPUT}
        onChange={(event) => onFile(event.currentTarget.files?.[0])}
      />
      <p className="mt-2 text-sm text-muted">
        {file === undefined ? choose : `${file.name}, ${file.size} B`}
      </p>
    </div>
  );
}

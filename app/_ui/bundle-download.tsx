'use client';

import { useId, useState } from 'react';
import { Button } from '#ui/button.tsx';
import { useConsole } from '#ui/console-context.tsx';
import type { ReceiptWords } from '#ui/messages.ts';
import { ProblemCallout } from '#ui/problem-callout.tsx';
import { saveFile } from '#ui/save-file.ts';
import { useJsonRequest } from '#ui/use-json-request.ts';

interface BundleDownloadProps {
  /** What `POST /api/v1/bundles` is asked for. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly button: string;
  readonly words: ReceiptWords['export'];
  /** Asks whether bodies belong in it, and says how many receipts came. */
  readonly ofList?: boolean;
}

/** Makes a bundle and keeps it as a file. */
export function BundleDownload({ body, name, button, words, ofList = false }: BundleDownloadProps) {
  const { canonicalUrl } = useConsole();
  const id = useId();
  const [bodies, setBodies] = useState(false);
  const [done, setDone] = useState<string>();
  const { pending, problem, send } = useJsonRequest<{ readonly receipts: readonly unknown[] }>();
  const make = async () => {
    setDone(undefined);
    const outcome = await send({
      url: `${canonicalUrl}/api/v1/bundles`,
      method: 'POST',
      body: ofList ? { ...body, bodies } : body,
    });
    if (outcome?.ok !== true) return;
    saveFile(JSON.stringify(outcome.body), name, 'application/json');
    const isCut = outcome.headers.get('countersign-bundle-complete') === 'false';
    setDone((isCut ? words.cut : words.done).replace('{count}', String(outcome.body.receipts.length)));
  };
  return (
    <div className="flex flex-col items-start gap-3">
      {ofList && (
        <label htmlFor={id} className="flex gap-2 text-sm">
          <input
            id={id}
            type="checkbox"
            className="tick"
            checked={bodies}
            onChange={(event) => setBodies(event.currentTarget.checked)}
          />
          {words.bodies}
        </label>
      )}
      <Button aria-disabled={pending} onClick={() => void make()}>
        {pending ? words.busy : button}
      </Button>
      <output className="text-sm text-good">{done}</output>
      {problem !== undefined && <ProblemCallout problem={problem} />}
    </div>
  );
}

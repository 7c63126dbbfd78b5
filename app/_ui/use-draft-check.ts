'use client';

import { useEffect, useRef, useState } from 'react';
import { useConsole } from '#ui/console-context.tsx';
import type { PlacedProblem } from '#ui/cedar-area.tsx';
import type { DifferentPolicy } from '#ui/difference-view.tsx';
import { sendJson, type RequestProblem } from '#ui/send-json.ts';

const TYPING_MS = 400;

interface Validation {
  readonly problems: readonly (PlacedProblem & { readonly policy: string })[];
  readonly difference: readonly DifferentPolicy[];
}

export type DraftCheck =
  | { readonly state: 'checking' }
  | { readonly state: 'checked'; readonly text: string; readonly validation: Validation }
  | { readonly state: 'failed'; readonly problem: RequestProblem };

/** What the server finds in a text, asked anew once the typing rests; an answer about an older text is dropped. */
export function useDraftCheck(id: string, text: string) {
  const console = useConsole();
  const [check, setCheck] = useState<DraftCheck>({ state: 'checking' });
  const newest = useRef(0);
  const run = async (): Promise<DraftCheck> => {
    const mine = (newest.current += 1);
    const url = `${console.canonicalUrl}/api/v1/policies/validation`;
    const outcome = await sendJson<Validation>(console, {
      url,
      method: 'POST',
      body: { policies: { [id === '' ? 'new' : id]: text } },
    });
    const found: DraftCheck = outcome.ok
      ? { state: 'checked', text, validation: outcome.body }
      : { state: 'failed', problem: outcome.problem };
    if (mine === newest.current) setCheck(found);
    return found;
  };
  useEffect(() => {
    const timer = setTimeout(() => void run(), TYPING_MS);
    return () => clearTimeout(timer);
    // `run` is made anew with each render and reads only these.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [id, text]);
  return { check, run };
}

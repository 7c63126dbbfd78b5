'use client';

import { useRef, useState } from 'react';
import { useConsole } from '#ui/console-context.tsx';
import { type JsonOutcome, type JsonRequest, type RequestProblem, sendJson } from '#ui/send-json.ts';

export interface JsonSender<Body> {
  readonly pending: boolean;
  readonly problem: RequestProblem | undefined;
  /** Undefined when one is under way already: a second click sends nothing. */
  send(request: JsonRequest): Promise<JsonOutcome<Body> | undefined>;
}

/** One request at a time to the API, with what came of it. */
export function useJsonRequest<Body = unknown>(): JsonSender<Body> {
  const console = useConsole();
  const busy = useRef(false);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<RequestProblem>();
  const send = async (request: JsonRequest) => {
    if (busy.current) return undefined;
    busy.current = true;
    setPending(true);
    setProblem(undefined);
    const outcome = await sendJson<Body>(console, request);
    if (!outcome.ok) setProblem(outcome.problem);
    busy.current = false;
    setPending(false);
    return outcome;
  };
  return { pending, problem, send };
}

'use client';

import { createContext, type ReactNode, type RefObject, use, useRef } from 'react';
import type { RequestWords } from '#ui/messages.ts';

export interface ConsoleContextValue {
  readonly canonicalUrl: string;
  /** The session's token; replaced when the person signed in anew in another tab. */
  readonly csrfToken: RefObject<string>;
  readonly words: RequestWords;
}

const Context = createContext<ConsoleContextValue | undefined>(undefined);

interface ConsoleContextProps extends Omit<ConsoleContextValue, 'csrfToken'> {
  readonly csrfToken: string;
  readonly children: ReactNode;
}

/** Hands every client component of a console page what it needs to speak to the API. */
export function ConsoleContext({ canonicalUrl, csrfToken, words, children }: ConsoleContextProps) {
  const token = useRef(csrfToken);
  return <Context value={{ canonicalUrl, csrfToken: token, words }}>{children}</Context>;
}

/** @throws outside of a console page. */
export function useConsole(): ConsoleContextValue {
  const value = use(Context);
  if (value === undefined) throw new Error('not inside a console page');
  return value;
}

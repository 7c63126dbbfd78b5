'use client';

import { Failure } from '#ui/failure.tsx';

interface ErrorPageProps {
  readonly error: Error & { readonly digest?: string };
  readonly reset: () => void;
}

/** A page that failed while it was drawn. */
export default function ErrorPage({ error, reset }: ErrorPageProps) {
  return <Failure digest={error.digest} retry={reset} />;
}

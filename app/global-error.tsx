'use client';

import { Failure } from '#ui/failure.tsx';
import './globals.css';

interface GlobalErrorProps {
  readonly error: Error & { readonly digest?: string };
  readonly reset: () => void;
}

/** The frame itself failed: nothing of it can be relied on, so this brings its own. */
export default function GlobalError({ error, reset }: GlobalErrorProps) {
  return (
    <html lang="en">
      <body>
        <Failure digest={error.digest} retry={reset} />
      </body>
    </html>
  );
}

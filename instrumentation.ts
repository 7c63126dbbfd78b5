/** Under plain `next start` nobody has built the runtime: it is built before the first request. */
export async function register(): Promise<void> {
  if (process.env['NEXT_RUNTIME'] === 'nodejs') await import('./instrumentation-node.ts');
}

interface Published {
  readonly telemetry: { readonly logger: { error(details: object, message: string): void } };
}

/** What the process that serves us has published; the same symbol as lib/runtime's. */
const REGISTRY = Symbol.for('countersign.runtime');

/** A page that failed while it was drawn shows Next's digest as its reference: this is the line that it finds. */
export function onRequestError(error: unknown): void {
  const runtime = (globalThis as { [REGISTRY]?: Published })[REGISTRY];
  const digest = typeof error === 'object' && error !== null && 'digest' in error ? error.digest : undefined;
  runtime?.telemetry.logger.error({ err: error, digest }, 'a page could not be drawn');
}

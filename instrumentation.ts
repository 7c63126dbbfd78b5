/** Under plain `next start` nobody has built the runtime: it is built before the first request. */
export async function register(): Promise<void> {
  if (process.env['NEXT_RUNTIME'] === 'nodejs') await import('./instrumentation-node.ts');
}

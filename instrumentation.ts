/** Under plain `next start` nobody has built the runtime: it is built here, before the first request. */
export async function register(): Promise<void> {
  if (process.env['NEXT_RUNTIME'] !== 'nodejs' || process.env['NEXT_PHASE'] === 'phase-production-build')
    return;
  const { publishedRuntime, startRuntime } = await import('#lib/runtime');
  if (publishedRuntime() === undefined) await startRuntime(process.env);
}

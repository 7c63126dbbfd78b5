import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Node loads the runtime from its own files, as `countersign serve` does, not from Next's bundle. */
const file = pathToFileURL(join(process.cwd(), 'lib/runtime/index.ts')).href;
const { publishedRuntime, startRuntime } = (await import(
  /* turbopackIgnore: true */ file
)) as typeof import('#lib/runtime');

if (process.env['NEXT_PHASE'] !== 'phase-production-build' && publishedRuntime() === undefined) {
  await startRuntime(process.env);
}

/**
 * Countersign as `countersign serve` runs it, and beside it an ear for questions about its memory.
 * Prints `{"url"}` and runs until its standard input ends.
 */
import { serve } from '../bin/serve.ts';

const served = await serve(process.env);
process.on('message', () => {
  globalThis.gc?.();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external, arrayBuffers });
});
process.stdin
  .on('end', () => {
    void served.stop().then(() => process.exit(0));
  })
  .resume();
process.on('SIGTERM', () => undefined);
console.log(JSON.stringify({ url: `http://127.0.0.1:${served.port}` }));

/** `npm run demo`: the main job once, in the terminal, on real parts. With `--json` one object at the end and nothing else on stdout. */
import { createNarrator, StepFailed } from './demo/narrator.ts';
import { runJourney } from './demo/journey.ts';
import type { JourneyResult } from './demo/journey-types.ts';
import { startDemoStack } from './demo/stack.ts';

const asJson = process.argv.includes('--json');
const port = Number(process.env['PORT'] ?? 3000);
const write = (line: string) => (asJson ? process.stderr : process.stdout).write(`${line}\n`);
const narrator = createNarrator(write, asJson);
const result: JourneyResult = { receipts: [], bundle: '', trust: '' };
const canonicalUrl = `http://localhost:${port}/t/acme`;

let failure: unknown;
try {
  const stack = await startDemoStack({
    port,
    env: { ...process.env, LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn' },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stack.stop().then(() => process.exit(1)));
  try {
    write(`metrics: ${stack.metricsUrl}`);
    await runJourney(stack, narrator, result);
  } finally {
    await stack.stop();
  }
} catch (error) {
  failure = error;
  if (!(error instanceof StepFailed)) write(error instanceof Error ? error.message : String(error));
}

const ok = failure === undefined;
if (asJson) {
  const object = {
    ok,
    tenant: 'acme',
    steps: narrator.steps,
    receipts: result.receipts,
    bundle: result.bundle,
    trust: result.trust,
    mcp_url: `${canonicalUrl}/mcp/everything`,
    console_url: canonicalUrl,
  };
  process.stdout.write(`${JSON.stringify(object)}\n`);
} else {
  write(
    ok ? `\nAll steps passed. Bundle: ${result.bundle}\nTrust file: ${result.trust}` : '\nThe demo failed.',
  );
}
process.exitCode = ok ? 0 : 1;

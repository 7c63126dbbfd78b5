/** `npm start`: Countersign with its demo tenant, until it is stopped. */
import { startDemoStack } from './demo/stack.ts';

const port = Number(process.env['PORT'] ?? 3000);

try {
  const stack = await startDemoStack({ port, env: process.env });
  console.log(`
Countersign is running.

  Console         ${stack.canonicalUrl}
  Metrics         ${stack.metricsUrl}
  Demo sign-in    ${stack.identityProvider} (Alice, Bob, Audrey: no password)

Three things to try:
  1. Open ${stack.canonicalUrl}/connections and sign in as Alice.
  2. Add ${stack.canonicalUrl}/mcp/everything to your agent, for example
     claude mcp add --transport http acme ${stack.canonicalUrl}/mcp/everything
  3. Open ${stack.canonicalUrl}/receipts and read the receipt of a call.

Stop with Ctrl+C.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stack.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

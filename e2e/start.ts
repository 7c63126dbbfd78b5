/** `npm start`: Countersign with its demo tenant, until it is stopped. */
import { startDemoStack } from './demo/stack.ts';

const port = Number(process.env['PORT'] ?? 3000);

try {
  const stack = await startDemoStack({ port, env: process.env });
  console.log(`
Countersign is running.

  Console         ${stack.canonicalUrl}
  Demo sign-in    ${stack.identityProvider}, where nobody has a password:
                  Alice (engineer), Bob (support), Audrey (auditor), Ada (admin)
  Metrics         ${stack.metricsUrl}

Three things to try:
  1. Let an agent call a tool. Open ${stack.canonicalUrl}/servers/everything and sign in as Alice:
     the page has the command, link or file for your client. With Claude Code:
     claude mcp add --transport http everything ${stack.canonicalUrl}/mcp/everything
     Alice allows it once; then ask it to echo something.
  2. Check the receipt. On ${stack.canonicalUrl}/connections the time under “Last used” leads to it:
     "Verify in this browser" proves that it is signed, unchanged and in the log.
  3. Change the rules. In a private window, sign in as Ada at ${stack.canonicalUrl}/policies/new:
     the text is checked as you type, and tried on a request before it counts.

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

/** A process that holds an embedded PostgreSQL until it is ended: argv is its data folder. Prints one line of JSON. */
import { startEmbeddedPostgres } from '../start-embedded-postgres.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { url, adminUrl, started } = await startEmbeddedPostgres({
  dataDir: process.argv[2] ?? '',
  logger: quiet,
});
process.stdout.write(`${JSON.stringify({ url, adminUrl, started })}\n`);
setInterval(() => undefined, 1_000);

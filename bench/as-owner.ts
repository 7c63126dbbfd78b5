import { Client } from 'pg';
import { startEmbeddedPostgres } from '#lib/db';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Works on the instance's own PostgreSQL as the role that owns the schema; `database` is another one on the same server. */
export async function asOwner<Result>(
  env: NodeJS.ProcessEnv,
  work: (client: Client, urls: { readonly url: string; readonly adminUrl: string }) => Promise<Result>,
  database?: string,
): Promise<Result> {
  const postgres = await startEmbeddedPostgres({ dataDir: env['DATA_DIR'] ?? '', logger: silent });
  const at = (url: string) => (database === undefined ? url : url.replace(/\/[^/]*$/, `/${database}`));
  const urls = { url: at(postgres.url), adminUrl: at(postgres.adminUrl) };
  const client = new Client({ connectionString: urls.adminUrl });
  try {
    await client.connect();
    return await work(client, urls);
  } finally {
    await client.end();
    await postgres.stop();
  }
}

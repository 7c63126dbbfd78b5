import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession, send } from '../../lib/gateway/testing/mcp-client.ts';
import { postForm, refresh } from '../../lib/oauth/testing/drive-client.ts';
import { unpackLeaves } from '../../lib/receipts/pack-leaves.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation } from '../harness/start-organisation.ts';

const EMAIL = 'ada@acme.example';
const ACCOUNT = 'canary-account-4711';

let test: TestDatabase;
let instance: Instance;
let acme: Organisation;
let clientId: string;
/** What must stand nowhere, by name. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  test = await createTestDatabase();
  instance = await startInstance({ database: test, env: { LOG_LEVEL: 'debug' } });
  acme = await startOrganisation(instance, { slug: 'acme' });
  await makeJourney();
}, 120_000);
afterAll(async () => {
  await instance.stop();
  await acme.stop();
  await test.close();
});

/** Everything that carries a secret, done well and done badly. */
async function makeJourney(): Promise<void> {
  const { canonicalUrl, resource } = acme;
  const issuer = { canonicalUrl };
  const browser = await acme.signIn(EMAIL);
  const cookie = browser.cookies(canonicalUrl);
  const tokens = await acme.userTokens(EMAIL, browser);
  const renewed = (await refresh(issuer, tokens.clientId, tokens.refresh, { resource })).body;
  const agent = await acme.agentToken();
  for (const token of [renewed.access_token ?? '', agent]) {
    const session = await RawSession.open(resource, token);
    await session.call('post_entry', { account: ACCOUNT, amount: 1, environment: 'dev' });
    await session.call('service_report');
    await session.call('post_entry', { account: ACCOUNT, amount: 'none' });
  }
  // Refused: with a token too many, at the wrong place, changed, in the address.
  const minted = acme.ledger.journal.map(({ token }) => token);
  for (const token of [minted[0] ?? '', `${tokens.access}x`, tokens.refresh]) {
    await send(resource, { jsonrpc: '2.0', id: 1, method: 'ping' }, { authorization: `Bearer ${token}` });
  }
  await send(`${resource}?access_token=${tokens.access}`, { jsonrpc: '2.0', id: 1, method: 'ping' });
  await postForm(`${canonicalUrl}/oauth/token`, {
    grant_type: 'client_credentials',
    client_id: 'nightly-report',
    client_secret: acme.secrets.agent,
    resource: 'http://nowhere.example',
  });
  await refresh(issuer, tokens.clientId, tokens.refresh);
  await fetch(
    `${canonicalUrl}/sso/callback?code=${tokens.code}&state=none&client_secret=${acme.secrets.identityProvider}`,
  );
  await fetch(`${canonicalUrl}/receipts/${tokens.access}`, { headers: { cookie } });
  // And when what it needs is gone: errors say most.
  const last = await RawSession.open(resource, agent);
  await Promise.all([acme.ledger.stop(), acme.provider.stop()]);
  await last.call('service_report');
  const callback = await fetch(`${canonicalUrl}/sso/start`, { redirect: 'manual' });
  await callback.text();
  await browser.submit({}).catch(() => undefined);
  clientId = tokens.clientId;

  const named: Record<string, string | undefined> = {
    'client secret at the identity provider': acme.secrets.identityProvider,
    'secret of the agent': acme.secrets.agent,
    'first access token': tokens.access,
    'renewed access token': renewed.access_token,
    'access token of the agent': agent,
    'first refresh token': tokens.refresh,
    'renewed refresh token': renewed.refresh_token,
    'authorization code': tokens.code,
    'session cookie': cookie.split('=')[1],
    ...Object.fromEntries(minted.map((token, index) => [`minted token ${index}`, token])),
  };
  for (const [name, value] of Object.entries(named)) {
    if (value === undefined || value.length < 20) throw new Error(`the journey has no ${name}`);
    secrets.set(name, value);
    // Whoever cuts a token in pieces still shows its signature.
    const signature = value.split('.')[2];
    if (signature !== undefined) secrets.set(`signature of the ${name}`, signature);
  }
}

/** Names of what stands in the text, plain or in a common encoding. */
function found(text: string, values: ReadonlyMap<string, string>): string[] {
  const low = text.toLowerCase();
  return [...values].flatMap(([name, value]) => {
    const bytes = Buffer.from(value);
    const plain = [value, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
    return plain.some((form) => text.includes(form)) || low.includes(bytes.toString('hex')) ? [name] : [];
  });
}

/** Every row of every table as text, read by the role that nothing is hidden from. */
async function dumpDatabase(): Promise<string> {
  const admin = new pg.Client({ connectionString: test.adminUrl });
  await admin.connect();
  try {
    const { rows: tables } = await admin.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
    );
    const dumps = [];
    for (const { name } of tables) {
      const { rows } = await admin.query<{ row: string }>(`select to_jsonb(t)::text as row from "${name}" t`);
      dumps.push(...rows.map(({ row }) => `${name} ${row}`));
    }
    // Compressed, and a JWT's payload in base64url, they would hide what they hold.
    const { rows: batches } = await admin.query<{ leaves: Buffer }>('select leaves from log_batch');
    const leaves = batches.flatMap((batch) => unpackLeaves(batch.leaves));
    expect(leaves.length).toBeGreaterThan(10);
    for (const leaf of leaves) {
      const text = Buffer.from(leaf).toString();
      dumps.push(text, Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
    }
    return dumps.join('\n');
  } finally {
    await admin.end();
  }
}

describe('after a journey, the secrets of it', () => {
  it('stand in no line of the log', () => {
    const output = instance.output();
    expect(output).toContain(clientId);
    expect(found(output, secrets)).toEqual([]);
    const password = new URL(test.url).password;
    expect(found(output, new Map([['database password', password]]))).toEqual([]);
  });

  it('stand in no column of the database', async () => {
    const dump = await dumpDatabase();
    expect(dump).toContain('nightly-report');
    expect(found(dump, secrets)).toEqual([]);
  });

  it('stand in no file of the data folder', async () => {
    const entries = await readdir(instance.dataDir, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect(found(await readFile(file, 'latin1'), secrets), file).toEqual([]);
  });

  it('and what was said, by whom, can be read in the database by nobody without keys', async () => {
    const personal = new Map([
      ['email', EMAIL],
      ['name', 'Ada Admin'],
      ['argument', ACCOUNT],
      ['subject', 'demo|00d4'],
    ]);
    expect(found(await dumpDatabase(), personal)).toEqual([]);
    expect(found(instance.output(), personal)).toEqual([]);
  });
});

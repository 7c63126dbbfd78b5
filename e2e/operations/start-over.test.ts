/** What a start makes of a changed setting, and of a database that is older than what was promised since. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/free-port.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { sendHttp } from '../harness/send-http.ts';
import { type Instance, type InstanceOptions, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation } from '../harness/start-organisation.ts';

let folder: string;
let port: number;
let test: TestDatabase;
let acme: Organisation;
let reference: string;
const backup = `backup_${randomBytes(6).toString('hex')}`;

const start = async (more: Partial<InstanceOptions> = {}): Promise<Instance> =>
  await startInstance({ dataDir: join(folder, 'data'), port, database: test, ...more });

const nameOf = (url: string): string => new URL(url).pathname.slice(1);
const at = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: at(test.adminUrl, 'postgres') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-start-over-'));
  port = await freePort();
  test = await createTestDatabase();
  await test.database.close();
  const instance = await start();
  acme = await startOrganisation(instance, { slug: 'acme' });
  const alice = await acme.signIn('alice@acme.example');
  const session = await fetch(`${acme.canonicalUrl}/api/v1/session`, {
    headers: { cookie: alice.cookies(acme.canonicalUrl) },
  });
  reference = ((await session.json()) as { person: { reference: string } }).person.reference;
  expect(await instance.terminate()).toBe(0);
  await asAdmin(`create database ${backup} template ${nameOf(test.url)}`);
});
afterAll(async () => {
  await acme.stop();
  await test.close();
  await asAdmin(`drop database if exists ${backup} with (force)`);
  await rm(folder, { recursive: true, force: true });
});

describe('a start', () => {
  it('with another TENANT_URL serves tenants there, says so in the log, and keeps the issuer', async () => {
    const moved = `http://localhost:${port}/of/{tenant}`;
    const instance = await start({ env: { TENANT_URL: moved } });
    try {
      const page = await sendHttp(`${instance.origin}/of/acme`, { headers: { accept: 'text/html' } });
      expect(page.headers.location).toBe(`${instance.origin}/of/acme/sso/start?return_to=%2F`);
      const choice = await sendHttp(`${instance.origin}/choose?tenant=acme`);
      expect(choice.text).toContain(`href="${instance.origin}/of/acme/connections"`);
      const out = join(folder, 'moved.json');
      await instance.countersign(['bundle', '--tenant', 'acme', '--last', '50', '--bodies', '--out', out]);
      const text = await readFile(out, 'utf8');
      const disclosed = [...text.matchAll(/~([\w-]+)(?=~)/g)].map(([, part = '']) =>
        Buffer.from(part, 'base64url').toString(),
      );
      expect(disclosed.some((each) => each.includes('tenant.readdress') && each.includes('/of/acme'))).toBe(
        true,
      );
      const trust = (await (await fetch(`${instance.origin}/of/acme/log/trust.json`)).json()) as object;
      expect(trust).toMatchObject({ issuer: acme.canonicalUrl });
    } finally {
      await instance.terminate();
    }
  });

  it('on a restored database erases again whom the ledger names, before anybody is served', async () => {
    const instance = await start();
    const erased = await instance.countersign(['erase', '--tenant', 'acme', '--person', reference]);
    expect(erased.stderr).toBe('');
    await instance.terminate();

    const database = { url: at(test.url, backup), adminUrl: at(test.adminUrl, backup) };
    // The high water would refuse the older log, rightly: here the operator has set it aside.
    const restored = await start({ database, env: { HIGH_WATER_DIR: join(folder, 'high-water') } });
    try {
      const again = await restored.countersign(['erase', '--tenant', 'acme', '--person', reference]);
      expect(again.code).toBe(1);
      expect(again.stderr).toContain('Nobody here is known by that');
    } finally {
      await restored.terminate();
    }
  });

  it('takes no connection out of its hands: what asks for an upgrade is answered like anybody', async () => {
    const instance = await start();
    try {
      // Next listens for upgrades from its first request on.
      await sendHttp(`${acme.canonicalUrl}/connections`);
      const asked = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
      const ask = (path: string, host: string) =>
        sendHttp(`${instance.origin}${path}`, { headers: { ...asked, host } });
      const host = new URL(instance.origin).host;
      expect((await ask('/nothing', host)).status).toBe(404);
      expect((await ask('/nothing', 'evil.example')).status).toBe(421);
      expect((await ask('/livez', host)).status).toBe(200);
    } finally {
      await instance.terminate();
    }
  });

  it('answers no method and no path that nobody expects with a 500', async () => {
    const instance = await start();
    try {
      for (const method of ['TRACE', 'PROPFIND', 'PURGE']) {
        const answer = await sendHttp(`${acme.canonicalUrl}/connections`, { method });
        expect([method, answer.status]).toEqual([method, 405]);
      }
      for (const path of ['/receipts/%ff', '/receipts/%zz', '/%c0%ae%c0%ae/x', '//evil.example/x']) {
        const answer = await sendHttp(`${acme.canonicalUrl}${path}`);
        expect([path, answer.status]).toEqual([path, 404]);
      }
      const image = await sendHttp(`${instance.origin}/_next/image?url=/t/acme/receipts&w=640&q=75`);
      expect(image.status).toBe(404);
    } finally {
      await instance.terminate();
    }
  });
});

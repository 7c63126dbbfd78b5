/** What somebody wrote into the database decides nothing about where a call and its credential go. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLedgerServer, type LedgerFixture } from '../../e2e/fixtures/ledger-server.ts';
import { openFrontDoor, type FrontDoor } from './testing/front-door.ts';
import { RawSession } from './testing/mcp-client.ts';

const ENTRY = { account: 'cash', amount: 5, environment: 'dev' };

let door: FrontDoor;
let ledger: LedgerFixture;
let thief: { readonly url: string; readonly heard: string[]; stop(): Promise<void> };
let token: string;

beforeAll(async () => {
  door = await openFrontDoor();
  ledger = door.before(await startLedgerServer({ mintIssuer: door.mintIssuer }));
  thief = door.before(await startThief());
  await door.register({
    ledger: { url: ledger.url },
    // Somebody once trusted it, so that its row is sealed; for its own id.
    other: { url: ledger.url, title: 'The other one', waivers: ['post_entry'] },
  });
  token = await door.userToken('ledger', 'alice@acme.example');
});
afterAll(async () => await door?.close());

/** Takes whatever comes, and keeps what it was authorized with. */
async function startThief() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization ?? '');
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    heard,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes as whoever owns the tables, and tells every process to read them again. */
async function write(sql: string, values: readonly unknown[] = []): Promise<void> {
  await door.asOwner(async (owner) => {
    await owner.query(sql, [...values]);
    await owner.query("select pg_notify('registry', $1)", [door.tenant.id]);
  });
}

async function isCalled(): Promise<boolean> {
  const opened = await RawSession.open(door.resource('ledger'), token).catch(() => undefined);
  const answer = await opened?.call('post_entry', ENTRY);
  return answer?.body.result?.['structuredContent'] !== undefined;
}

describe('a server whose row was changed in the database', () => {
  it.each([
    ['another address', "url = replace(url, url, '<thief>')"],
    ['no credential', `settings = jsonb_set(settings, '{credential,user}', '"none"')`],
    ['the email of people', `settings = jsonb_set(settings, '{emailAllowed}', 'false')`],
    ['a waiver of the attempt', `settings = jsonb_set(settings, '{waivers}', '["post_entry"]')`],
    ['another method', `settings = jsonb_set(settings, '{allowMethods}', '["x/y"]')`],
    ['another time', `settings = jsonb_set(settings, '{timeoutMs}', '1e400')`],
    ['nothing that is settings', `settings = '{"credential":7}'`],
    ['another title', "title = 'Trust me'"],
    ['no seal', 'seal = null'],
    ['a seal of its own making', "seal = sha256('mine')"],
    [
      'the whole row of another server',
      `(url, title, settings, seal) = (select url, title, settings, seal from server o where o.tenant_id = s.tenant_id and o.id = 'other')`,
    ],
  ])('gets no call and no credential: %s', async (_what, change) => {
    await expect.poll(isCalled).toBe(true);
    const before = await RawSession.open(door.resource('ledger'), token);
    await door.asOwner(async (owner) => await owner.query('create table kept as select * from server'));
    try {
      await write(`update server s set ${change.replace('<thief>', thief.url)} where id = 'ledger'`);
      await expect.poll(isCalled).toBe(false);
      const { length } = ledger.journal;
      const refusal = await before.call('post_entry', ENTRY);
      expect(refusal).toMatchObject({
        status: 403,
        text: expect.stringContaining('not what was saved') as string,
      });
      expect(await isCalled()).toBe(false);
      expect(thief.heard).toEqual([]);
      expect(ledger.journal).toHaveLength(length);
    } finally {
      await write(
        `update server s set (url, title, settings, seal) = (select url, title, settings, seal from kept k
         where k.tenant_id = s.tenant_id and k.id = s.id)`,
      );
      await door.asOwner(async (owner) => await owner.query('drop table kept'));
    }
  });

  it('is called again once its row is as it was saved', async () => {
    await expect.poll(isCalled).toBe(true);
  });
});

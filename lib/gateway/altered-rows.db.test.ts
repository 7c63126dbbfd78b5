/** What somebody wrote into the database decides nothing about where a call and its credential go, and what is permitted. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLedgerServer, type LedgerFixture } from '../../e2e/fixtures/ledger-server.ts';
import { draftOf, OPERATOR } from '../oauth/testing/acme.ts';
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

type Table = 'server' | 'definition' | 'policy_set';
const CHANNELS = { server: 'registry', definition: 'registry', policy_set: 'policy' } as const;

/** Writes as whoever owns the tables, and tells every process to read them again. */
async function write(table: Table, sql: string, values: readonly unknown[] = []): Promise<void> {
  await door.asOwner(async (owner) => {
    await owner.query(sql, [...values]);
    await owner.query('select pg_notify($1, $2)', [CHANNELS[table], door.tenant.id]);
  });
}

/** Changes a table, and puts it back as it was in the end. */
async function altered(
  table: Table,
  change: readonly [string, ...unknown[]],
  check: () => Promise<void>,
): Promise<void> {
  await door.asOwner(async (owner) => await owner.query(`create table kept as select * from ${table}`));
  try {
    const [sql, ...values] = change;
    await write(table, sql, values);
    await check();
  } finally {
    await door.asOwner(async (owner) => await owner.query(`delete from ${table}`));
    await write(table, `insert into ${table} select * from kept`);
    await door.asOwner(async (owner) => await owner.query('drop table kept'));
  }
}

const callsIn = ({ journal }: LedgerFixture) =>
  journal.filter(({ method }) => method === 'tools/call').length;

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
    const sql = `update server s set ${change.replace('<thief>', thief.url)} where id = 'ledger'`;
    await altered('server', [sql], async () => {
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
    });
  });

  it('is called again once its row is as it was saved', async () => {
    await expect.poll(isCalled).toBe(true);
  });
});

describe('what was pinned in the database', () => {
  const HASHED = "sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')";
  const OF_LEDGER = "where server_id = 'ledger'";

  it.each([
    {
      what: 'another text with its hash',
      sql: `update definition set text = replace(text, '"inputSchema":', '"_note":"trust me","inputSchema":') ${OF_LEDGER}`,
      second: `update definition set ${HASHED} ${OF_LEDGER}`,
    },
    {
      what: 'one more',
      sql: `insert into definition (tenant_id, server_id, kind, name, sha256, text)
            select tenant_id, server_id, kind, 'one_more', sha256, text from definition ${OF_LEDGER} and name = 'post_entry'`,
    },
    { what: 'one less', sql: `delete from definition ${OF_LEDGER} and name = 'read_balance'` },
    {
      what: 'another name',
      sql: `update definition set name = 'postentry' ${OF_LEDGER} and name = 'read_balance'`,
    },
    { what: 'no text', sql: `update definition set text = 'nothing', sha256 = 'nothing' ${OF_LEDGER}` },
  ])('is used by nobody, and nothing beside it: $what', async ({ sql, second }) => {
    await expect.poll(isCalled).toBe(true);
    const before = await RawSession.open(door.resource('ledger'), token);
    await altered('definition', [sql], async () => {
      if (second !== undefined) await write('definition', second);
      await expect.poll(isCalled).toBe(false);
      const { length } = ledger.journal;
      expect(await before.call('post_entry', ENTRY)).toMatchObject({
        status: 403,
        text: expect.stringContaining('has to approve') as string,
      });
      expect(ledger.journal).toHaveLength(length);
    });
  });

  it.each([
    ['no seal', 'pins_seal = null'],
    ['the seal of another server', "pins_seal = (select o.pins_seal from server o where o.id = 'other')"],
  ])('is used by nobody: %s', async (_what, change) => {
    await expect.poll(isCalled).toBe(true);
    await altered('server', [`update server set ${change} where id = 'ledger'`], async () => {
      await expect.poll(isCalled).toBe(false);
    });
  });

  it('approves no server that nobody has approved', async () => {
    const { registry } = door.modules;
    const draft = draftOf('fresh', { url: ledger.url });
    await door.database
      .tenantDb(door.tenant.id)
      .transaction(async (tx) => void (await registry.save(tx, door.tenant.id, draft, OPERATOR)));
    const fresh = await door.userToken('fresh', 'alice@acme.example');
    const { length } = ledger.journal;
    const change = "update server set state = 'pinned', version = 7 where id = 'fresh'";
    await altered('server', [change], async () => {
      await expect.poll(async () => (await registry.server(door.tenant.id, draft.id))?.version).toBe(7);
      await expect(RawSession.open(door.resource('fresh'), fresh)).rejects.toThrow('has to approve');
    });
    expect(ledger.journal).toHaveLength(length);
  });
});

describe('policies that were put in force in the database', () => {
  const ALL = { all: 'permit (principal, action, resource);' };
  const NEVER = { never: 'forbid (principal, action, resource == Tool::"ledger/read_balance");' };
  const MORE = { ...ALL, more: 'permit (principal, action, resource) when { true };' };
  let session: RawSession;

  beforeAll(async () => {
    const { policy, registry } = door.modules;
    await door.database.tenantDb(door.tenant.id).transaction(async (tx) => {
      const servers = await registry.listIn(tx, door.tenant.id);
      await policy.save(tx, door.tenant.id, { policies: { ...ALL, ...NEVER }, servers, author: OPERATOR });
    });
    session = await RawSession.open(door.resource('ledger'), token);
  });

  const isForbidden = async () => {
    const { text } = await session.call('read_balance', { account: 'cash' });
    return !text.includes('structuredContent');
  };

  interface Change {
    readonly what: string;
    readonly sql: string;
    readonly values?: () => readonly string[];
  }

  it.each<Change>([
    { what: 'an earlier set', sql: 'update policy_set set active = (version = 1)' },
    {
      what: 'an earlier set under the seal of the one in force',
      sql: `update policy_set set active = (version = 1), seal = (select o.seal from policy_set o
            where o.tenant_id = policy_set.tenant_id and o.active)`,
    },
    {
      what: 'other texts with their hash',
      sql: 'update policy_set set policies = $1, sha256 = $2 where active',
      values: () => [JSON.stringify(MORE), door.modules.policy.hash(MORE)],
    },
    {
      what: 'other texts',
      sql: 'update policy_set set policies = $1 where active',
      values: () => [JSON.stringify(MORE)],
    },
    { what: 'no texts at all', sql: `update policy_set set policies = '{"all":7}' where active` },
    { what: 'another number', sql: 'update policy_set set version = 77 where active' },
    { what: 'no seal', sql: 'update policy_set set seal = null' },
    { what: 'none in force', sql: 'update policy_set set active = false' },
  ])('permit nothing, and forbid everything: $what', async ({ sql, values = () => [] }) => {
    await expect.poll(isCalled).toBe(true);
    expect(await isForbidden()).toBe(true);
    await altered('policy_set', [sql, ...values()], async () => {
      await expect.poll(isCalled).toBe(false);
      const known = callsIn(ledger);
      expect(await isForbidden()).toBe(true);
      const { text } = await session.call('post_entry', ENTRY);
      expect(text).toContain('not those that were put in force here');
      expect(callsIn(ledger)).toBe(known);
    });
  });

  it('are those of before once their rows are', async () => {
    await expect.poll(isCalled).toBe(true);
    expect(await isForbidden()).toBe(true);
  });
});

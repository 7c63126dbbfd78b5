import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresWire, type PostgresWire } from '../fixtures/postgres-wire.ts';
import { isRunning } from '../harness/child-processes.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type HttpAnswer, sendHttp } from '../harness/send-http.ts';
import { until } from '../harness/until.ts';
import type { Organisation, UserTokens } from '../harness/start-organisation.ts';
import { auditorCookie, ORPHANS_MS, startLoadedOrganisation } from './kill-replicas.ts';
import { readLog } from './read-log.ts';
import { type Replicas, startReplicas } from './start-replicas.ts';

let test: TestDatabase;
/** Between the second replica and PostgreSQL. */
let wire: PostgresWire;
let replicas: Replicas;
let acme: Organisation;
let cookie: string;

beforeAll(async () => {
  test = await createTestDatabase();
  wire = await startPostgresWire(test.url);
  const behindWire = { url: wire.url, adminUrl: test.adminUrl };
  replicas = await startReplicas({ databases: [test, behindWire], env: { DRAIN_MS: '1500' } });
  acme = await startLoadedOrganisation(replicas);
  cookie = await auditorCookie(acme);
});
afterAll(async () => {
  await replicas.stop();
  await wire.stop();
  await acme.stop();
  await test.close();
});

interface Session {
  readonly id: string;
  readonly tokens: UserTokens;
}

/** At one replica, under the address of all. */
async function send(
  which: number,
  path: string,
  message: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string },
): Promise<HttpAnswer> {
  const target = new URL(acme.canonicalUrl + path);
  const headers = { host: target.host, ...message.headers };
  target.port = String(replicas.replica(which).port);
  return await sendHttp(target.href, { ...message, headers });
}

function headersOf({ tokens, id }: Pick<Session, 'tokens'> & Partial<Session>): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${tokens.access}`,
    'mcp-protocol-version': '2025-11-25',
    ...(id === undefined ? {} : { 'mcp-session-id': id }),
  };
}

async function openSession(): Promise<Session> {
  const tokens = await acme.userTokens('alice@acme.example');
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const opened = await send(0, '/mcp/ledger', { method: 'POST', headers: headersOf({ tokens }), body });
  const session = { id: String(opened.headers['mcp-session-id']), tokens };
  const confirmed = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await send(0, '/mcp/ledger', { method: 'POST', headers: headersOf(session), body: confirmed });
  return session;
}

let calls = 0;
async function post(which: number, session: Session, account: string): Promise<HttpAnswer> {
  const params = { name: 'post_entry', arguments: { account, amount: 1, environment: 'dev' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: (calls += 1), method: 'tools/call', params });
  return await send(which, '/mcp/ledger', { method: 'POST', headers: headersOf(session), body });
}

/** The call's attempt, once it has reached the upstream. */
async function arrived(account: string): Promise<string> {
  return await until(`${account} reached the server`, () => {
    const found = acme.ledger.journal.find(
      ({ params }) => (params['arguments'] as { account?: string } | undefined)?.account === account,
    );
    return found?.attempt;
  });
}

async function closedBy(attempt: string) {
  const log = await readLog(async (path) => await send(0, `/log/${path}`, { headers: { cookie } }));
  return log.entries.filter((entry) => entry.attempt === attempt);
}

/** Resolves when the stream has ended. */
function openStream(
  which: number,
  session: Session,
): { readonly open: Promise<void>; readonly ended: Promise<void> } {
  const target = new URL(`${acme.canonicalUrl}/mcp/ledger`);
  const [open, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const headers = { ...headersOf(session), accept: 'text/event-stream', host: target.host };
  target.port = String(replicas.replica(which).port);
  const sent = request({ ...options(target), headers }, (response) => {
    if (response.statusCode === 200) open.resolve();
    response.on('error', () => undefined);
    response.once('close', () => ended.resolve());
    response.resume();
  });
  sent.on('error', () => ended.resolve());
  sent.end();
  return { open: open.promise, ended: ended.promise };
}

function options({ port, pathname }: URL) {
  return { host: '127.0.0.1', port, path: pathname, method: 'GET', agent: false } as const;
}

describe('a replica that lost its LISTEN connection without a word', () => {
  it('hears of a revocation within a second all the same: streams end, results are withheld, calls refused', async () => {
    const session = await openSession();
    const stream = openStream(1, session);
    await stream.open;
    const release = acme.ledger.holdAnswers();
    const calling = post(1, session, 'revoked');
    await arrived('revoked');
    wire.silence('countersign listen');
    const body = new URLSearchParams({
      client_id: session.tokens.clientId,
      token: session.tokens.refresh,
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const revoked = await send(0, '/oauth/revoke', { method: 'POST', headers, body });
    expect(revoked.status).toBe(200);
    let isEnded = false;
    void stream.ended.then(() => (isEnded = true));
    await until('the stream is closed', () => isEnded, 1_000);
    expect((await post(1, session, 'refused')).status).toBe(401);
    release();
    expect((await calling).text).toMatch(/Access was revoked .* withheld/);
  });
});

describe('a replica that is stopped for so long that it counts as dead', () => {
  it('keeps nobody from working, and what it brings afterwards is withheld', async () => {
    const session = await openSession();
    const release = acme.ledger.holdAnswers();
    const calling = post(1, session, 'late');
    const attempt = await arrived('late');
    const append = wire.holdNext('append');
    const never = post(1, session, 'never');
    await append.reached;
    const { pid } = replicas.replica(1);
    process.kill(pid, 'SIGSTOP');
    try {
      release();
      const answered = await post(0, session, 'meanwhile');
      expect(answered.status).toBe(200);
      const closed = await until(
        'its attempt is closed by the other one',
        async () => {
          const found = await closedBy(attempt);
          return found.length > 0 && found;
        },
        ORPHANS_MS,
      );
      expect(closed).toMatchObject([{ kind: 'tool_call', status: 'unknown' }]);
    } finally {
      append.release();
      process.kill(pid, 'SIGCONT');
    }
    expect((await calling).text).toMatch(/closed before its result came: the result is withheld/);
    expect((await never).status).toBe(503);
    expect(acme.ledger.journal.some(({ params }) => JSON.stringify(params).includes('"never"'))).toBe(false);
    expect((await closedBy(attempt)).map(({ kind }) => kind)).toEqual(['tool_call', 'late_outcome']);
    // It ends by itself, so that a new one takes its place.
    await until('it has ended', () => !isRunning(pid));
    expect(await replicas.replica(1).terminate()).toBe(1);
  }, 60_000);
});

describe('a process that ends', () => {
  const audit = async () => await replicas.instance.countersign(['audit', '--tenant', 'acme', '--json']);

  it('by SIGTERM waits for calls no longer than it is told to, and gives up the others with a receipt', async () => {
    const session = await openSession();
    const release = acme.ledger.holdAnswers();
    const calling = post(0, session, 'left').catch(() => undefined);
    await arrived('left');
    expect(await replicas.replica(0).terminate()).toBe(0);
    const left = await audit();
    expect([left.code, JSON.parse(left.stdout)]).toMatchObject([
      0,
      {
        complete: true,
        missing: [],
        outcomes: expect.arrayContaining([{ status: 'timed_out', count: 1 }]) as unknown,
      },
    ]);
    await replicas.start(0);
    release();
    await calling;
  }, 60_000);

  it('by SIGKILL leaves calls whose outcome is missing until somebody closes it', async () => {
    const session = await openSession();
    const release = acme.ledger.holdAnswers();
    const calling = post(0, session, 'killed').catch(() => undefined);
    await arrived('killed');
    await replicas.kill(0);
    await until('its outcome is missing', async () => (await audit()).code === 1, ORPHANS_MS);
    expect(JSON.parse((await audit()).stdout)).toMatchObject({
      complete: false,
      missing: [{ kind: 'outcomes', count: 1 }],
    });
    await replicas.start(0);
    release();
    await calling;
    await until('nothing is missing', async () => (await audit()).code === 0);
  }, 90_000);
});

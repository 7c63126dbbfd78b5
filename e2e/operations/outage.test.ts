import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawSession, send, stampOf } from '../../lib/gateway/testing/mcp-client.ts';
import { childrenOf, isRunning } from '../harness/child-processes.ts';
import { freezePostgres, takePostgresDown, untilPostgresIsBack } from '../harness/postgres-process.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { type Organisation, startOrganisation, type UserTokens } from '../harness/start-organisation.ts';
import { until } from '../harness/until.ts';
import { type Payload, verifiedReceipts } from '../harness/verified-receipts.ts';

let dataDir: string;
let instance: Instance;
let acme: Organisation;
let tokens: UserTokens;
let session: RawSession;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-outage-'));
  instance = await startInstance({ dataDir });
  acme = await startOrganisation(instance, { slug: 'acme' });
  tokens = await acme.userTokens('alice@acme.example');
  session = await RawSession.open(acme.resource, tokens.access);
});
afterAll(async () => {
  await instance.stop();
  await acme.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const post = (amount: number) =>
  session.call('post_entry', { account: 'travel', amount, environment: 'dev' });
const posted = () =>
  acme.ledger.journal
    .filter(({ method }) => method === 'tools/call')
    .map(({ params }) => params['arguments']);
const request = (method: string) => session.request(method);
/** Service comes back by itself, and soon. */
const SOON_MS = 5_000;
const HANGS_MS = 10_000;
const ready = async () => await fetch(`${instance.origin}/readyz`);

/** What closes this attempt in the log; undefined while nothing does. */
async function outcomesOf(attempt: string): Promise<readonly Payload[] | undefined> {
  const found = (await verifiedReceipts(instance, 'acme')).filter((payload) => payload.attempt === attempt);
  return found.length > 0 ? found : undefined;
}

describe('an instance that runs', () => {
  it('says that it lives and that it can work, and shows metrics on a free port of their own', async () => {
    expect((await fetch(`${instance.origin}/livez`)).status).toBe(200);
    const state = (await (await ready()).json()) as { ok: boolean; checks: { name: string; ok: boolean }[] };
    expect(state.ok).toBe(true);
    expect(state.checks.map(({ name }) => name).sort()).toEqual([
      'database',
      'key provider',
      'policies',
      'signer',
    ]);
    await post(1);
    const metrics = await fetch(instance.metricsUrl);
    expect(metrics.status).toBe(200);
    expect(await metrics.text()).toMatch(
      /^mcp_server_operation_duration_seconds_count\{.*tools\/call.*\} \d+$/m,
    );
    expect(new URL(instance.metricsUrl).port).not.toBe(String(instance.port));
    expect((await fetch(`${instance.origin}/metrics`)).status).toBe(404);
  });
});

describe('PostgreSQL goes away', () => {
  it('refuses calls with 503 and words, forwards nothing, and works again by itself', async () => {
    const before = posted().length;
    const comeBack = await takePostgresDown(dataDir);
    try {
      const refused = await post(2);
      expect(refused.status).toBe(503);
      expect(refused.body.error?.message).toMatch(/try again/i);
      expect(posted()).toHaveLength(before);
      expect((await fetch(`${instance.origin}/livez`)).status).toBe(200);
      const health = await ready();
      expect(health.status).toBe(503);
      expect(await health.text()).toContain('"database","ok":false');
      const page = await fetch(`${acme.canonicalUrl}/connections`, {
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: 'x=y' },
      });
      expect([303, 307, 503]).toContain(page.status);
      const token = await fetch(`${acme.canonicalUrl}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: tokens.clientId,
          refresh_token: tokens.refresh,
        }),
      });
      expect(token.status).toBe(503);
      const trust = await fetch(`${acme.canonicalUrl}/log/trust.json`);
      expect([200, 503]).toContain(trust.status);
    } finally {
      comeBack();
      await untilPostgresIsBack(dataDir);
    }
    await until('the instance can work again', async () => (await ready()).ok, SOON_MS);
    const answered = await until(
      'calls pass again',
      async () => {
        const answer = await post(3);
        return answer.status === 200 && answer;
      },
      SOON_MS,
    );
    expect(answered.body.result?.isError).not.toBe(true);
    expect(posted().map((args) => (args as { amount: number }).amount)).not.toContain(2);
    expect(idsOf(await verifiedReceipts(instance, 'acme'))).toContain(stampOf(answered.body).id);
  });

  it('loses nothing of a call that was under way: no result without a receipt, one outcome for its attempt', async () => {
    const release = acme.ledger.holdAnswers();
    const calling = post(4);
    await until('the call reached the server', () =>
      posted().some((args) => (args as { amount: number }).amount === 4),
    );
    const attempt = acme.ledger.journal.at(-1)?.attempt ?? '';
    const comeBack = await takePostgresDown(dataDir);
    release();
    const answer = await calling;
    comeBack();
    // The call happened, but nobody may have its result before the log has its receipt.
    expect(answer.status).toBe(503);
    expect(answer.body.result).toBeUndefined();
    expect(answer.body.error).toMatchObject({
      message: expect.stringContaining(attempt),
      data: { attempt },
    });
    await until('the instance can work again', async () => (await ready()).ok);
    const outcomes = await until('the attempt has its outcome', async () => await outcomesOf(attempt));
    expect(outcomes).toMatchObject([{ kind: 'tool_call', outcome: { status: 'ok' } }]);
  });

  it('answers within its time limits when PostgreSQL hangs for ten seconds, forwards nothing, and works again soon', async () => {
    const before = acme.ledger.journal.length;
    const goOn = freezePostgres(dataDir);
    let isOver = false;
    // Real time is what this is about: PostgreSQL hangs for longer than any limit of ours.
    const over = setTimeout(HANGS_MS).then(() => {
      isOver = true;
      goOn();
    });
    try {
      while (!isOver) {
        const [answer, health] = [await post(5), await ready()];
        if (!isOver) expect([answer.status, health.status]).toEqual([503, 503]);
        if (!isOver) expect(acme.ledger.journal).toHaveLength(before);
      }
    } finally {
      await over;
    }
    await until('calls pass again', async () => (await post(6)).status === 200, SOON_MS);
    const receipts = idsOf(await verifiedReceipts(instance, 'acme'));
    const arrived = acme.ledger.journal.slice(before).map(({ attempt }) => attempt);
    expect(arrived).not.toEqual([]);
    expect(receipts).toEqual(expect.arrayContaining(arrived));
  }, 60_000);
});

describe('everything is killed', () => {
  it('starts again on the same data: the MCP session goes on and the log verifies', async () => {
    const before = stampOf((await post(7)).body).id;
    const postgres = instance.postgresPid();
    const [supervisor = 0] = childrenOf(instance.pid);
    process.kill(supervisor, 'SIGKILL');
    process.kill(postgres, 'SIGKILL');
    await instance.kill();
    await until('PostgreSQL is gone', () => !isRunning(postgres));
    instance = await startInstance({ dataDir, port: instance.port });
    const answer = await post(8);
    expect(answer.status).toBe(200);
    expect(answer.body.result?.isError).not.toBe(true);
    const ids = idsOf(await verifiedReceipts(instance, 'acme'));
    expect(ids).toContain(before);
    expect(ids).toContain(stampOf(answer.body).id);
  });

  it('closes the attempt of a call that died with its process, as unknown', async () => {
    const release = acme.ledger.holdAnswers();
    const calling = post(9).catch(() => undefined);
    await until('the call reached the server', () =>
      posted().some((args) => (args as { amount: number }).amount === 9),
    );
    const attempt = acme.ledger.journal.at(-1)?.attempt ?? '';
    await instance.kill();
    release();
    await calling;
    const env = { DRAIN_DELAY_MS: '1500' };
    instance = await startInstance({ dataDir, port: instance.port, env });
    await post(10);
    const outcomes = await until('the attempt is closed', async () => await outcomesOf(attempt), 30_000);
    expect(outcomes).toMatchObject([{ outcome: { status: 'unknown' } }]);
  }, 90_000);
});

describe('SIGTERM', () => {
  it('says so first, lets the call under way finish, takes no new one, and exits 0', async () => {
    const stream = await fetch(acme.resource, {
      headers: { ...session.headers, accept: 'text/event-stream' },
    });
    expect(stream.status).toBe(200);
    const release = acme.ledger.holdAnswers();
    const calling = post(11);
    await until('the call reached the server', () =>
      posted().some((args) => (args as { amount: number }).amount === 11),
    );
    const postgres = instance.postgresPid();
    const started = performance.now();
    const ended = instance.terminate();
    const said = await until('it says that it stops', async () => {
      const health = await ready();
      return health.status === 503 && (await health.text());
    });
    expect(said).toContain('"draining","ok":false');
    // A load balancer that has not noticed yet still sends calls.
    expect((await request('ping')).status).toBe(200);
    await until('nobody listens any more', async () =>
      send(acme.resource, {}).then(
        () => false,
        () => true,
      ),
    );
    release();
    const answer = await calling;
    expect(answer.status).toBe(200);
    expect(answer.body.result?.isError).not.toBe(true);
    expect(await ended).toBe(0);
    await stream.text().catch(() => 'cut');
    // Neither the stream that the agent left open nor the connections it keeps alive hold it up.
    expect(performance.now() - started).toBeLessThan(15_000);
    await until('its PostgreSQL has stopped', () => !isRunning(postgres));
    expect(idsOf(await verifiedReceipts(instance, 'acme'))).toContain(stampOf(answer.body).id);
  });
});

const idsOf = (payloads: readonly Payload[]) => payloads.map(({ jti }) => jti);

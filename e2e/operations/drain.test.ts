/** What becomes of a task that is followed inside a call when its instance is told to stop, as a supervisor tells it. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RawSession, stampOf, type RawAnswer } from '../../lib/gateway/testing/mcp-client.ts';
import { postForm } from '../../lib/oauth/testing/drive-client.ts';
import { type StatelessFixture, startStatelessServer } from '../fixtures/stateless-server.ts';
import { TaskDesk } from '../fixtures/task-desk.ts';
import { createTestDatabase, type TestDatabase } from '../harness/index.ts';
import { type Instance, startInstance } from '../harness/start-instance.ts';
import { until } from '../harness/until.ts';
import { verifiedReceipts } from '../harness/verified-receipts.ts';

const SECRET = 'the-secret-of-the-nightly-job-is-long-enough';

let dataDir: string;
let database: TestDatabase;
let desk: TaskDesk;
let office: StatelessFixture;
let instance: Instance;
/** The newest task of the desk. */
let newest: string | undefined;

const tenantFile = () => `
tenant: {slug: works}
servers:
  - {id: office, title: Office, url: '${office.url}', credential: {agent: none}}
policies:
  nightly: permit (principal == Agent::"nightly", action, resource);
agents:
  - {client_id: nightly, name: Nightly, secret: 'env:COUNTERSIGN_SECRET_NIGHTLY', grant_types: [client_credentials]}
`;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-drain-'));
  const begin = () => async (work: { readonly id: string; readonly told: Promise<string> }) => {
    newest = work.id;
    return { content: [{ type: 'text', text: await work.told }] };
  };
  desk = new TaskDesk(new Map([['slow_compute', { required: true, begin }]]));
  office = await startStatelessServer(desk);
  database = await createTestDatabase();
  await start();
  const file = join(dataDir, 'works.tenant.yaml');
  writeFileSync(file, tenantFile());
  const applied = await instance.countersign(['apply', '-f', file], { COUNTERSIGN_SECRET_NIGHTLY: SECRET });
  expect([applied.code, applied.stderr]).toStrictEqual([0, '']);
});

afterAll(async () => {
  await instance?.stop();
  await database?.close();
  await office?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(env = {}): Promise<void> {
  instance = await startInstance({ database, dataDir, env });
}

/** A call whose task is looked at, whose instance has been told to stop and takes nothing new. */
async function stopWhileFollowed() {
  const resource = `${instance.canonicalUrl('works')}/mcp/office`;
  const { body, text } = await postForm(
    `${instance.canonicalUrl('works')}/oauth/token`,
    { grant_type: 'client_credentials', resource },
    { authorization: `Basic ${Buffer.from(`nightly:${SECRET}`).toString('base64')}` },
  );
  if (body.access_token === undefined) throw new Error(text);
  const session = await RawSession.open(resource, body.access_token);
  const looks = () => office.seen('tasks/get').length;
  const [before, cancelled] = [looks(), office.seen('tasks/cancel').length];
  const waiting = session.call('slow_compute', { seconds: 60, label: 'rain' });
  await until('the task is followed', () => looks() > before);
  const ended = instance.terminate();
  await until('it takes nothing new', () =>
    session.request('ping').then(
      ({ status }) => status === 503,
      () => true,
    ),
  );
  const cancels = () => office.seen('tasks/cancel').slice(cancelled);
  return { waiting, ended, looks, cancels };
}

/** How its call stands in the log, and that it does once. */
async function outcomeOf({ body }: RawAnswer) {
  const payloads = await verifiedReceipts(instance, 'works');
  const outcome = payloads.find(({ jti }) => jti === stampOf(body).id);
  expect(payloads.filter(({ attempt }) => attempt === outcome?.attempt)).toHaveLength(1);
  expect(payloads.filter(({ kind }) => kind === 'attempt').map(({ jti }) => jti)).toContain(outcome?.attempt);
  return outcome;
}

it('goes on as long as calls may, and its call gets what it comes to', async () => {
  const { waiting, ended, looks, cancels } = await stopWhileFollowed();
  const before = looks();
  await until('it is looked at still', () => looks() > before);
  desk.finish(newest!, 'snow');
  const answer = await waiting;
  expect(answer.body.result?.content?.[0]?.text).toBe('snow');
  expect([await ended, cancels()]).toStrictEqual([0, []]);
  expect(await outcomeOf(answer)).toMatchObject({ kind: 'tool_call', outcome: { status: 'ok' } });
});

it('is cancelled by its name when it takes longer, and its call says what is known', async () => {
  await start({ DRAIN_MS: '500' });
  const { waiting, ended, cancels } = await stopWhileFollowed();
  const answer = await waiting;
  expect(answer.body.error).toMatchObject({ code: -31_000, message: expect.stringContaining('had to stop') });
  expect(await ended).toBe(0);
  expect(cancels().map(({ params }) => params['taskId'])).toStrictEqual([newest]);
  expect(await outcomeOf(answer)).toMatchObject({ kind: 'tool_call', outcome: { status: 'timed_out' } });
});

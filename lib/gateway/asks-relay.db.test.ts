/** An answer that reaches another replica than the one whose call waits for it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERN, FORM, toolAsks } from './testing/asking-tool.ts';
import { openFrontDoor, type FrontDoor, type Replica } from './testing/front-door.ts';
import { RawSession, stampOf, type MessageStream } from './testing/mcp-client.ts';
import { startScriptedUpstream, type ScriptedUpstream } from './testing/scripted-upstream.ts';

const ABLE = { elicitation: {} };

let door: FrontDoor;
let upstream: ScriptedUpstream;
let other: Replica;

beforeAll(async () => {
  door = await openFrontDoor();
  upstream = door.before(await startScriptedUpstream());
  await door.register({ asks: { url: upstream.url, timeoutMs: 20_000 } });
  other = await door.addReplica();
  toolAsks(upstream, [['elicitation/create', FORM]], ({ body }) => body);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await door?.close();
});

/** A call that waits at the first replica, and the same session at the other. */
async function asked(): Promise<{ stream: MessageStream; id: unknown; here: RawSession; there: RawSession }> {
  const here = await door.open('asks', ABLE);
  const there = new RawSession(other.resource('asks'), here.headers);
  const stream = await here.stream('tools/call', { name: 'act', arguments: {} });
  const { id } = await stream.nextOf('elicitation/create');
  return { stream, id, here, there };
}

describe('an answer at another replica', () => {
  it('reaches the call that waits for it', async () => {
    const { stream, id, there } = await asked();
    const answered = await there.respond(id, { result: BERN });
    expect([answered.status, answered.text]).toStrictEqual([202, '']);
    const answer = await stream.answer();
    expect(answer.result?.content?.[0]?.text).toContain('Bern');
    const outcome = await door.receipt(stampOf(answer).id);
    const receipts = await door.receipts((summary) => summary.attempt === outcome?.summary.attempt);
    expect(receipts.map(({ summary }) => summary.status)).toEqual(expect.arrayContaining(['held', 'ok']));
  });

  it('counts once, whichever replica had it first', async () => {
    const { stream, id, here, there } = await asked();
    const answers = await Promise.all([here, there].map((each) => each.respond(id, { result: BERN })));
    expect(answers.map(({ status }) => status).toSorted()).toStrictEqual([202, 400]);
    await stream.answer();
    expect((await there.respond(id, { result: BERN })).status).toBe(400);
  });

  it('of another session is refused, and the question goes on waiting', async () => {
    const { stream, id, here } = await asked();
    const stranger = await RawSession.open(other.resource('asks'), await door.agentToken('asks'), ABLE);
    const refused = await stranger.respond(id, { result: BERN });
    expect(refused.status).toBe(400);
    expect(refused.body.error?.message).toContain('Nobody waits for this answer');
    expect((await here.respond(id, { result: { action: 'decline' } })).status).toBe(202);
    expect((await stream.answer()).result?.content?.[0]?.text).toContain('decline');
  });

  it('that does not fit its question is refused there, too', async () => {
    const { stream, id, there } = await asked();
    const refused = await there.respond(id, { result: { action: 'maybe' } });
    expect([refused.status, refused.body.error?.message]).toStrictEqual([
      400,
      expect.stringContaining('action'),
    ]);
    await there.respond(id, { result: BERN });
    await stream.answer();
  });

  it('leaves nothing behind in the database', async () => {
    const rows = await door.database.tenantDb(door.tenant.id).read((client) => client.mcpRelay.count());
    expect(rows).toBe(0);
  });
});

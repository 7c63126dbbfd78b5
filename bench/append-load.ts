/**
 * A process that does nothing but write receipts, attempt and outcome of calls that never happened, through the product's own
 * log. Prints `{"url"}` when it is ready; each message `{seconds, atOnce}` is one run, whose `AppendOutcome` it sends
 * back. Runs until its standard input ends.
 */
import { createHash, randomFillSync } from 'node:crypto';
import { type TenantSlug, uuidV7 } from '#lib/core';
import type { ReceiptDraft, TenantLog } from '#lib/receipts';
import { withRuntime } from '#lib/runtime';
import type { AppendJob, AppendOutcome } from './append-types.ts';
import { AGENT_ID, SERVERS, TOOL_CALL } from './tenant-file.ts';

const [slug = ''] = process.argv.slice(2);
const ARGUMENTS = JSON.stringify(TOOL_CALL.arguments);
const RESULT = Buffer.from('{"content":[{"text":"posted","type":"text"}]}');
const digestOf = (bytes: string | Uint8Array) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: Buffer.byteLength(bytes),
});
const argumentsDigest = digestOf(ARGUMENTS);
const resultDigest = digestOf(RESULT);
const random = new Uint8Array(10);

await withRuntime(process.env, async ({ identity, receipts }) => {
  const tenant = await identity.tenants.bySlug(slug as TenantSlug);
  if (tenant === undefined) throw new Error(`there is no tenant '${slug}'`);
  const log = await receipts.log(tenant.id);
  process.on(
    'message',
    (job: AppendJob) => void appendFor(log, job).then((outcome) => process.send?.(outcome)),
  );
  console.log('{"url":""}');
  await new Promise((resolve) => process.stdin.once('end', resolve).resume());
  process.disconnect();
});

async function appendFor(log: TenantLog, { seconds, atOnce }: AppendJob): Promise<AppendOutcome> {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let receipts = 0;
  const call = (done: (error: Error | null) => void): void => {
    const attempt = attemptDraft();
    log.attempt(attempt, (refused) => {
      if (refused !== null) return done(refused);
      log.outcome(outcomeDraft(attempt), (lost) => {
        receipts += 2;
        if (lost !== null || performance.now() >= until) done(lost);
        else call(done);
      });
    });
  };
  const lane = async () =>
    await new Promise<void>((resolve, reject) => {
      call((error) => (error === null ? resolve() : reject(error)));
    });
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { receipts, seconds: (performance.now() - startedAt) / 1_000 };
}

/** As the gateway writes it for the measured call of an agent. */
function attemptDraft(): ReceiptDraft {
  const at = Date.now();
  return {
    id: uuidV7(at, randomFillSync(random)),
    at,
    kind: 'attempt',
    outcomeKind: 'tool_call',
    actor: { mode: 'agent', clientId: AGENT_ID, session: 'bench', ip: '127.0.0.1' },
    server: { id: SERVERS.ledger, urlSha256: argumentsDigest.sha256 },
    tool: { name: TOOL_CALL.name, definitionSha256: argumentsDigest.sha256 },
    decision: {
      effect: 'allow',
      policySetSha256: argumentsDigest.sha256,
      policies: ['nightly'],
      reasons: [],
      obligations: [],
      shadow: [],
    },
    credential: { kind: 'minted' },
    arguments: { ...argumentsDigest, text: ARGUMENTS },
    timing: { receivedMs: at },
  };
}

function outcomeDraft(attempt: ReceiptDraft): ReceiptDraft {
  const { outcomeKind, context: _, ...common } = attempt;
  const at = Date.now();
  return {
    ...common,
    id: uuidV7(at, randomFillSync(random)),
    at,
    kind: outcomeKind ?? 'tool_call',
    attempt: attempt.id,
    status: 'ok',
    arguments: argumentsDigest,
    result: { sha256: resultDigest.sha256, length: resultDigest.bytes, bytes: RESULT, member: 'result' },
    timing: { receivedMs: attempt.at, forwardedMs: attempt.at, answeredMs: at },
  };
}

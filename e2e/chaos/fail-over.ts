/** The primary of a PostgreSQL cluster is lost while agents call; afterwards the three records have to agree. */
import type { Organisation } from '../harness/start-organisation.ts';
import { until } from '../harness/until.ts';
import { type KillOptions, layRecordsSideBySide, type Records, settledLog } from './kill-replicas.ts';
import { startLoad } from './load-client.ts';
import type { PatroniCluster } from './start-patroni.ts';
import type { Replicas } from './start-replicas.ts';

const CALM_MS = 5_000;
/** The leader's key has to run out, a standby to be promoted, and everybody to find it. */
const FAILOVER_MS = 120_000;

export interface FailoverReport extends Records {
  readonly failovers: number;
  /** From the kill to the first call that was answered with a receipt, each time. */
  readonly tookMs: readonly number[];
}

export async function failOver(
  cluster: PatroniCluster,
  replicas: Replicas,
  acme: Organisation,
  { kills, agents, say = () => undefined }: KillOptions,
): Promise<FailoverReport> {
  const load = await startLoad({ acme, agents });
  const tookMs: number[] = [];
  for (let round = 0; round < kills; round += 1) {
    await calm();
    const lost = await cluster.killPrimary();
    const killedAt = performance.now();
    const seen = load.journal.length;
    await until(
      'calls are answered again',
      () =>
        load.journal.slice(seen).some(({ sentAt = 0, told }) => sentAt > killedAt && told?.as === 'result'),
      FAILOVER_MS,
    );
    tookMs.push(Math.round(performance.now() - killedAt));
    say(`lost ${lost}, ${await cluster.primary()} took over: ${tookMs.at(-1)} ms without an answer`);
    await calm();
    await cluster.start(lost);
  }
  await load.stop();
  const log = await settledLog(acme);
  return { failovers: kills, tookMs, ...(await layRecordsSideBySide(replicas, acme, load.journal, log)) };
}

async function calm(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, CALM_MS);
  });
}

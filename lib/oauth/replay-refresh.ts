import { setTimeout as sleep } from 'node:timers/promises';
import { REPLAY_POLL_MS, REPLAY_WAIT_MS } from './constants.ts';
import type { TenantScope } from './tenant-scope.ts';

/**
 * The answer a refresh token was exchanged for, if the same client may have it again. Whoever lost a race comes here
 * before the winner has its answer, so it waits a little.
 */
export async function awaitReplay(
  { replays, settings, tenant, clock }: TenantScope,
  token: string,
  clientId: string,
  consumedAt: number,
): Promise<string | undefined> {
  const { refreshReplaySeconds } = await settings.load(tenant.id);
  const windowMs = refreshReplaySeconds * 1000;
  const end = consumedAt + Math.min(windowMs, REPLAY_WAIT_MS);
  if (clock.now() >= consumedAt + windowMs) return undefined;
  for (;;) {
    const answer = await replays.find(token, clientId, clock.now());
    if (answer !== undefined || clock.now() >= end) return answer;
    await sleep(REPLAY_POLL_MS);
  }
}

/** Keeps the answer for that while. */
export async function keepReplay(
  { replays, settings, tenant, clock }: TenantScope,
  token: string,
  clientId: string,
  answer: string,
): Promise<void> {
  const { refreshReplaySeconds } = await settings.load(tenant.id);
  if (refreshReplaySeconds === 0) return;
  await replays.save(token, clientId, answer, clock.now() + refreshReplaySeconds * 1000);
}

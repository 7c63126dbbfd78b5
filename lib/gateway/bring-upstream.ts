import { ok, type Result } from '#lib/core';
import { LISTING_BYTES_MAX } from './constants.ts';
import { listingCredential } from './listing-credential.ts';
import { isMoreTalkative } from './log-level.ts';
import type { ActContext, Parts } from './parts.ts';
import { step } from './refuse-exchange.ts';
import type { Session, SingleRequest, StatelessUpstream } from './session.ts';
import { withTasks } from './task-capability.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

type Brought = (failure: UpstreamFailure | undefined) => void;

/** Runs once the upstream's half of a stateless request is there; before it returns where it is open already. */
export function withUpstream(parts: Parts, context: ActContext, done: Brought): void {
  const { session, exchange } = context;
  const { single } = session;
  if (single === undefined || isThere(single)) {
    adoptUpstream(session);
    return done(undefined);
  }
  bring(parts, context, single).then(
    (brought) =>
      step(parts, exchange, () => {
        adoptUpstream(session);
        done(brought.ok ? undefined : brought.error);
      }),
    (error: unknown) => {
      parts.telemetry.logger.error({ err: error }, "an upstream's session could not be opened");
      step(parts, exchange, () => done({ kind: 'unreachable', message: 'could not be asked.' }));
    },
  );
}

/** The request goes on in the upstream's session as it is now. */
export function adoptUpstream(session: Session): void {
  const { single } = session;
  const upstream = single?.pooled.session;
  if (single === undefined || upstream === undefined) return;
  const own = upstream.era === 'stateless' ? withOwnWishes(upstream, single) : upstream;
  session.state = { ...session.state, upstream: own };
}

/** A server without sessions is told with each request what goes for that one alone. */
function withOwnWishes(
  upstream: StatelessUpstream,
  { logLevel, tellsTasks }: SingleRequest,
): StatelessUpstream {
  const told = tellsTasks ? { ...upstream, capabilities: withTasks(upstream.capabilities) } : upstream;
  return logLevel === undefined ? told : { ...told, logLevel };
}

function isThere(single: SingleRequest): boolean {
  return single.pooled.session !== undefined && !saysTooLittle(single);
}

/** A server with sessions has one level for all requests in one; the other kind is told with each request. */
function saysTooLittle({ pooled, logLevel }: SingleRequest): boolean {
  if (logLevel === undefined || pooled.session?.era !== 'session') return false;
  return isMoreTalkative(logLevel, pooled.logLevel);
}

async function bring(
  parts: Parts,
  context: ActContext,
  single: SingleRequest,
): Promise<Result<void, UpstreamFailure>> {
  const { pooled, logLevel } = single;
  const opened = await parts.pool.open(pooled);
  if (!opened.ok || logLevel === undefined || !saysTooLittle(single)) return opened;
  pooled.logLevel = logLevel;
  if (hasLog(pooled.result)) await askToSay(parts, context, logLevel);
  return ok(undefined);
}

function hasLog({ capabilities }: SingleRequest['pooled']['result']): boolean {
  return typeof capabilities === 'object' && capabilities !== null && 'logging' in capabilities;
}

/**
 * The session's level is the most talkative that a request in it asked for; each request is handed what it asked for.
 * Whether the upstream takes note is its own affair.
 */
async function askToSay(
  parts: Parts,
  { principal, server, session }: ActContext,
  level: string,
): Promise<void> {
  const credential = listingCredential(parts.minting, principal, server, 'logging/setLevel');
  const pooled = session.single?.pooled;
  if (!credential.ok || pooled?.session === undefined) return;
  const body = { jsonrpc: '2.0', id: pooled.nextId(), method: 'logging/setLevel', params: { level } };
  const request = {
    tenant: principal.tenant,
    url: server.url,
    session: pooled.session,
    credential: credential.value,
    body: JSON.stringify(body),
    bytesMax: LISTING_BYTES_MAX,
  } as const;
  await parts.upstream.ask({ ...request, method: 'POST', expects: 'answer' }, server.timeoutMs);
}

import { randomUUID } from 'node:crypto';
import { err, isJsonObject, type JsonObject, type Result } from '#lib/core';
import { LISTING_BYTES_MAX, META_PREFIX } from './constants.ts';
import { listingCredential } from './listing-credential.ts';
import type { ActContext, Parts } from './parts.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamSend } from './upstream-link.ts';

const UNSAID: UpstreamFailure = { kind: 'refused', message: 'could not be told.' };

/**
 * Tells a server something about a task that is no act: the answer to what it asked, that nobody waits any more,
 * or that the task is of no use. What signs for it may not be at hand after a long wait. Never throws.
 */
export async function tellOfTask(
  parts: Parts,
  { principal, server, tenant }: ActContext,
  request: UpstreamSend,
  members: JsonObject,
): Promise<Result<unknown, UpstreamFailure>> {
  const { id, method } = members;
  const expects: UpstreamSend['expects'] = id !== undefined && method !== undefined ? 'answer' : 'acceptance';
  try {
    await parts.minting.warm(tenant);
    const purpose = typeof method === 'string' ? method : 'response';
    const credential = listingCredential(parts.minting, principal, server, purpose);
    if (!credential.ok) return credential;
    const body = JSON.stringify({ jsonrpc: '2.0', ...members });
    const said = { ...request, credential: credential.value, body, expects, bytesMax: LISTING_BYTES_MAX };
    return await parts.upstream.ask(said, server.timeoutMs);
  } catch (error) {
    parts.telemetry.logger.error({ err: error }, 'a server could not be told something of a task');
    return err(UNSAID);
  }
}

/** Whether the server takes note is its own affair. In the session that knows the task, which is not ended before. */
export function cancelTask(parts: Parts, context: ActContext, request: UpstreamSend, taskId: string): void {
  const said = parts.lastWords.begin(context.tenant.id);
  if (said === undefined) return;
  const pooled = context.session.single?.pooled;
  pooled?.enter();
  const members = { id: `task-${randomUUID()}`, method: 'tasks/cancel' };
  const params = { _meta: namingMeta(request), taskId };
  void tellOfTask(parts, context, request, { ...members, params }).then(() => {
    pooled?.leave();
    said();
  });
}

/** What of an act's own request names the act and its trace: for all that is said in the name of it. */
export function namingMeta({ body }: Pick<UpstreamSend, 'body'>): JsonObject {
  const { params } = JSON.parse(body ?? '{}') as { readonly params?: JsonObject };
  const given = isJsonObject(params?.['_meta']) ? params['_meta'] : {};
  return Object.fromEntries(
    Object.entries(given).filter(([key]) => key.startsWith(META_PREFIX) || key.startsWith('trace')),
  );
}

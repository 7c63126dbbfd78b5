import { err, type ReceiptId, type Result } from '#lib/core';
import type { UpstreamCredential } from '#lib/minting';
import { readSubject } from './act-subject.ts';
import type { ActFacts } from './act-drafts.ts';
import { callCredential } from './call-credential.ts';
import { isClean, judge } from './judge-subject.ts';
import type { Parts } from './parts.ts';

/** Both complete "The server …". */
export const NOT_ANY_MORE =
  'is not asked again, for what was called is no longer permitted, or no longer what was approved.';
const REVOKED = 'is not asked again, for access was revoked.';

/**
 * A credential for what goes on in the name of an act after a pause, by this method: it must outlast neither the access nor what
 * was decided on.
 */
export async function credentialAgain(
  parts: Parts,
  facts: ActFacts,
  callId: ReceiptId,
  method = facts.context.message.method,
): Promise<Result<UpstreamCredential, { readonly message: string }>> {
  const { context } = facts;
  const isAllowed = await isStillAllowed(parts, facts);
  if (parts.recent.touched(context.principal, context.revocationsSeen)) return err({ message: REVOKED });
  if (!isAllowed) return err({ message: NOT_ANY_MORE });
  const message = { ...context.message, method };
  return callCredential(parts.minting, { ...facts, context: { ...context, message } }, callId);
}

/** DESIGN 4, step 5: what goes on after a pause passes today's pin and today's policy once more. */
export async function isStillAllowed(parts: Parts, { context, subject }: ActFacts): Promise<boolean> {
  const { tenant, principal, message, task, server: before } = context;
  const [server, engine] = await Promise.all([
    parts.registry.server(tenant.id, principal.server),
    parts.policy.engine(tenant.id),
    // And its next credential is there, however long it was.
    parts.minting.warm(tenant),
  ]);
  if (server === undefined || server.state === 'unpinned' || server.urlSha256 !== before.urlSha256)
    return false;
  if (server.credential[principal.mode] === undefined) return false;
  const read = readSubject(server, message.method, message.params, task);
  if (read?.ok !== true || read.value.tool?.definitionSha256 !== subject.tool?.definitionSha256) return false;
  const today = { ...context, server, engine, receivedAt: parts.clock.now() };
  return isClean(judge(today, read.value).decision);
}

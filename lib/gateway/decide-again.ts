import { readSubject } from './act-subject.ts';
import type { ActFacts } from './act-drafts.ts';
import { isClean, judge } from './judge-subject.ts';
import type { Parts } from './parts.ts';

/** Completes "The server …". */
export const NOT_ANY_MORE =
  'is not asked again, for what was called is no longer permitted, or no longer what was approved.';

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

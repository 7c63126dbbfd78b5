import { isJsonObject, type JsonObject } from '#lib/core';
import { readSubject } from './act-subject.ts';
import { withUpstream } from './bring-upstream.ts';
import { FOLLOWED_TASKS_MAX, SUBSCRIBED_RESOURCES_MAX } from './constants.ts';
import { isClean, judge } from './judge-subject.ts';
import type { ActContext, ActParts } from './parts.ts';
import { performAct } from './perform-act.ts';
import { readFilter, type SubscriptionFilter } from './read-filter.ts';
import { withAccess } from './ready.ts';
import { guarded } from './refuse-exchange.ts';
import { relayFailure } from './relay-plain.ts';
import { errorText } from './rpc-text.ts';
import { isSameUpstream } from './session.ts';
import { Subscription } from './subscription.ts';
import { findHome } from './task-home.ts';
import { needsTasks, servesTasks } from './task-extension.ts';

const INVALID_PARAMS = -32_602;

/** subscriptions/listen: finds out what of the wish can be honoured, then opens the stream (MCP 2026-07-28). */
export function openSubscription(parts: ActParts, context: ActContext): void {
  const { exchange, message } = context;
  const wanted = readFilter(message.params?.['notifications']);
  if (wanted === undefined) {
    const text = `params.notifications must be a filter, with at most ${SUBSCRIBED_RESOURCES_MAX} resources and ${FOLLOWED_TASKS_MAX} tasks.`;
    return parts.answers.json(exchange, 200, errorText(message.id, INVALID_PARAMS, text));
  }
  if (wanted.taskIds.length > 0 && context.session.single?.takesTasks !== true)
    return parts.answers.refuse(exchange, needsTasks(message.id));
  withUpstream(parts, context, (failure) => {
    if (failure !== undefined) return relayFailure(parts, context, failure);
    const subscription = new Subscription(parts, context);
    if (!subscription.reserve()) return;
    guarded(parts, context, async () => {
      try {
        const honoured = await subscribe(parts, context, wanted);
        withAccess(parts, context, () => subscription.begin(honoured));
      } finally {
        subscription.leaveUnbegun();
      }
    });
  });
}

/** What of the wish is honoured. */
async function subscribe(
  parts: ActParts,
  context: ActContext,
  wanted: SubscriptionFilter,
): Promise<SubscriptionFilter> {
  let gone = false;
  context.exchange.onClose(() => {
    gone = true;
  });
  const { upstream } = context.session.state;
  const offered = context.session.single?.pooled.result['capabilities'];
  const capabilities = isJsonObject(offered) ? offered : {};
  const resourceSubscriptions: string[] = [];
  for (const uri of isOffered(capabilities, 'resources', 'subscribe') ? wanted.resourceSubscriptions : []) {
    // Each is a reading of its resource from now on: decided and receipted like one.
    if (!gone && (await performAct(parts, context, 'resources/subscribe', { uri })) !== undefined)
      resourceSubscriptions.push(uri);
  }
  // Opened anew in between, the upstream's session knows the last of them alone.
  if (!isSameUpstream(context.session.state.upstream, upstream)) resourceSubscriptions.length = 0;
  return {
    toolsListChanged: wanted.toolsListChanged && isOffered(capabilities, 'tools'),
    promptsListChanged: wanted.promptsListChanged && isOffered(capabilities, 'prompts'),
    resourcesListChanged: wanted.resourcesListChanged && isOffered(capabilities, 'resources'),
    resourceSubscriptions,
    taskIds: await ownTasks(parts, context, wanted.taskIds),
  };
}

/** Those that are the caller's, and that policy lets them look at. Each look is an act of its own, later. */
async function ownTasks(
  parts: ActParts,
  context: ActContext,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const { single } = context.session;
  if (wanted.length === 0 || single === undefined || !servesTasks(single)) return [];
  const own = await parts.tasks.pick(context, wanted);
  const followed: string[] = [];
  for (const [id, made] of own) {
    const subject = readSubject(context.server, 'tasks/get', { taskId: id }, { id, made });
    const isPermitted = subject?.ok === true && isClean(judge(context, subject.value).decision);
    if (isPermitted && (await isHeardOf(parts, context, id))) followed.push(id);
  }
  return followed;
}

/** A server with sessions speaks of a task in the one in which it made it, which has its stream at one replica. */
async function isHeardOf(parts: ActParts, context: ActContext, id: string): Promise<boolean> {
  const { upstream } = context.session.state;
  if (upstream.era === 'stateless') return true;
  const home = await findHome(parts, context, id);
  return home !== undefined && isSameUpstream(home.upstream, upstream);
}

function isOffered(capabilities: JsonObject, kind: string, ability?: string): boolean {
  const offer = capabilities[kind];
  return isJsonObject(offer) && (ability === undefined || offer[ability] === true);
}

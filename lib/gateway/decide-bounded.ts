import { COUNTERSIGN_ERROR_CODE, OWNER_TASKS_MAX, SUBSCRIBED_RESOURCES_MAX } from './constants.ts';
import { decideAct } from './decide-act.ts';
import type { ActContext, ActParts } from './parts.ts';
import { withAccess } from './ready.ts';
import { guarded, step } from './refuse-exchange.ts';
import { errorText } from './rpc-text.ts';
import { subscriptionsAfter } from './subscriptions.ts';
import { isTaskCall } from './task-methods.ts';

/** Decides a request of a session, unless it would leave more behind than is kept of one session or caller. */
export function decideBounded(parts: ActParts, context: ActContext): void {
  const { message, session, server } = context;
  if (isTaskCall(context)) return guarded(parts, context, () => decideTaskCall(parts, context));
  const isTooMuch =
    message.method === 'resources/subscribe' &&
    subscriptionsAfter(session.state, message).length > SUBSCRIBED_RESOURCES_MAX;
  if (!isTooMuch) return decideAct(parts, context);
  const text = `This session has subscribed to ${SUBSCRIBED_RESOURCES_MAX} resources of the server '${server.id}', as many as it may.`;
  refuse(parts, context, `${text} Unsubscribe from one first (resources/unsubscribe).`);
}

/** Before the server makes a task: one that could not be noted would be nobody's. */
async function decideTaskCall(parts: ActParts, context: ActContext): Promise<void> {
  const { exchange, server } = context;
  const forgottenAt = await parts.tasks.fullUntil(context);
  step(parts, exchange, () =>
    withAccess(parts, context, () => {
      if (forgottenAt === undefined) return decideAct(parts, context);
      const text = `You have ${OWNER_TASKS_MAX} tasks at the server '${server.id}', as many as are kept; the first is forgotten at ${forgottenAt.toISOString()}.`;
      refuse(parts, context, `${text} Call without params.task until then.`);
    }),
  );
}

/** Counted as what is refused for load is: nothing was decided, and nothing forwarded. */
function refuse(parts: ActParts, { exchange, message, tenant }: ActContext, text: string): void {
  parts.receipts.refuse(tenant.id, 'overloaded');
  parts.answers.json(exchange, 200, errorText(message.id, COUNTERSIGN_ERROR_CODE, text));
}

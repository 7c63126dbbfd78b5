import { withUpstream } from './bring-upstream.ts';
import { decideAct } from './decide-act.ts';
import { listTasks } from './list-tasks.ts';
import type { ActContext, ActParts, AskedTask } from './parts.ts';
import { withAccess } from './ready.ts';
import { guarded, step } from './refuse-exchange.ts';
import { relayFailure } from './relay-plain.ts';
import { errorText } from './rpc-text.ts';
import { needsTasks, servesTasks } from './task-extension.ts';
import { isTaskId } from './task-methods.ts';
import { readUpdate } from './update-task.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

const INVALID_PARAMS = -32_602;
const METHOD_NOT_FOUND = -32_601;

/** What it does is not known any more: it was registered anew, or access ended, in this very moment. */
const GONE: UpstreamFailure = { kind: 'aborted', message: 'has changed meanwhile. Ask again.' };

/** A request about tasks. Whose a task is comes first: to anybody else there is none. */
export async function handleTask(parts: ActParts, context: ActContext): Promise<void> {
  const { exchange, message } = context;
  if (message.method === 'tasks/list') return await listTasks(parts, context);
  const id = message.params?.['taskId'];
  if (!isTaskId(id)) {
    const text = errorText(message.id, INVALID_PARAMS, 'params.taskId must be the id of a task.');
    return parts.answers.json(exchange, 200, text);
  }
  const made = await parts.tasks.find(context, id);
  if (message.method === 'tasks/update' && made !== undefined)
    return await handleUpdate(parts, context, { id, made });
  step(parts, exchange, () =>
    withAccess(parts, context, () => decideAct(parts, { ...context, task: { id, made } })),
  );
}

async function handleUpdate(parts: ActParts, context: ActContext, task: AskedTask): Promise<void> {
  const { exchange, message } = context;
  const read = await readUpdate(parts, context, task);
  if ('problem' in read)
    return parts.answers.json(exchange, 200, errorText(message.id, INVALID_PARAMS, read.problem));
  const { params, answers } = read;
  const asked = { ...context, message: { ...message, params }, task: { ...task, answers } };
  step(parts, exchange, () => withAccess(parts, context, () => decideAct(parts, asked)));
}

/** In the stateless era: where the server behind makes tasks, for a client that says that it takes them. */
export function handleExtension(parts: ActParts, context: ActContext): void {
  const { exchange, message, session } = context;
  withUpstream(parts, context, (failure) => {
    if (failure !== undefined) return relayFailure(parts, context, failure);
    const { single } = session;
    if (single?.pooled.session === undefined) return relayFailure(parts, context, GONE);
    if (!servesTasks(single)) {
      const text = errorText(message.id, METHOD_NOT_FOUND, `Unknown method: ${message.method}`);
      return parts.answers.json(exchange, 404, text);
    }
    if (!single.takesTasks) return parts.answers.refuse(exchange, needsTasks(message.id));
    guarded(parts, context, () => handleTask(parts, withoutStrayAnswers(context)));
  });
}

/** Answers belong to tasks/update alone: nowhere else were they looked at. */
function withoutStrayAnswers(context: ActContext): ActContext {
  const { message } = context;
  if (message.method === 'tasks/update' || message.params?.['inputResponses'] === undefined) return context;
  const { inputResponses: _, ...params } = message.params;
  return { ...context, message: { ...message, params } };
}

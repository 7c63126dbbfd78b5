import { decideAct } from './decide-act.ts';
import { listTasks } from './list-tasks.ts';
import type { ActContext, ActParts } from './parts.ts';
import { withAccess } from './ready.ts';
import { step } from './refuse-exchange.ts';
import { errorText } from './rpc-text.ts';
import { isTaskId } from './task-methods.ts';

const INVALID_PARAMS = -32_602;

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
  step(parts, exchange, () =>
    withAccess(parts, context, () => decideAct(parts, { ...context, task: { id, made } })),
  );
}

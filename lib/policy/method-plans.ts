import type { RecordPlan, ValuePlan } from './plan-arguments.ts';

/** Methods without arguments. */
export const NO_ARGUMENTS_PLAN: RecordPlan = closedPlan({});

/** Methods whose params no definition declares (tasks, `allow_methods`): each member as text. */
export const UNDECLARED_PLAN: RecordPlan = { ...NO_ARGUMENTS_PLAN, open: true };

/** `completion/complete`: the argument that is being completed, as the client sends it. */
export const COMPLETION_PLAN: RecordPlan = closedPlan({ name: 'string', value: 'string' });

/** `sampling/createMessage`: how much is asked of the client's model, and whether it is to use the server's tools. */
export const SAMPLING_PLAN: RecordPlan = closedPlan({ maxTokens: 'long', tools: 'boolean' });

/** `elicitation/create`: by a form in the client, or at which host's page. */
export const ELICITATION_PLAN: RecordPlan = closedPlan({ mode: 'string', host: 'string' }, ['host']);

function closedPlan(
  kinds: Readonly<Record<string, 'string' | 'long' | 'boolean'>>,
  optional: readonly string[] = [],
): RecordPlan {
  const members = Object.entries(kinds).map(
    ([name, kind]): [string, { plan: ValuePlan; required: boolean }] => [
      name,
      { plan: { kind }, required: !optional.includes(name) },
    ],
  );
  return {
    members: new Map(members),
    open: false,
    names: new Set(Object.keys(kinds)),
    folded: new Set(),
  };
}

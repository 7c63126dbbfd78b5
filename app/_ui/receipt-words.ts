import { visibleText } from '#ui/visible-text.ts';

/** Kinds of receipts in people's words. */
export const KIND_LABELS: Readonly<Record<string, string>> = {
  attempt: 'Attempt',
  tool_call: 'Tool call',
  resource_read: 'Resource read',
  prompt_get: 'Prompt',
  completion: 'Completion',
  task: 'Task',
  sampling: 'Sampling asked of the client',
  roots: 'Roots asked of the client',
  elicitation: 'Question to a person',
  interim: 'Interim answer',
  late_outcome: 'Late outcome, withheld',
  consent: 'Consent',
  approval: 'Approval',
  sign_in: 'Sign-in',
  token: 'Token',
  read: 'Bodies read',
  key: 'Key announced',
  admin: 'Administration',
  erasure: 'Person erased',
  aggregate: 'Refusals counted',
};

/** What was done, of the kinds that one label hides much behind. */
export const ACT_LABELS: Readonly<Record<string, string>> = {
  'agent.admitted': 'Agent admitted',
  'agent.list': 'Agent registered',
  'agent.owner': 'Owner of an agent changed',
  'agent.refused': 'Agent refused',
  'agent.remove': 'Agent removed',
  'agent.unlist': 'Agent removed',
  'consent.allowed': 'Agent allowed',
  'consent.declined': 'Agent declined',
  'consent.revoked': 'Agent disconnected',
  'definition.drift': 'Server shows another definition',
  'key.rotate': 'Key rotated',
  'log.reopen': 'Everything ended, for a new log',
  'log.reopened': 'Log opened anew',
  'oauth.settings': 'Settings changed',
  'person.disable': 'Person disabled',
  'person.enable': 'Person enabled again',
  'policy.activate': 'Earlier policies in force again',
  'policy.save': 'Policies changed',
  'provider.pin': 'Identity provider’s hosts accepted',
  'provider.save': 'Identity provider saved',
  'server.create': 'Server added',
  'server.pin': 'Definitions approved',
  'server.remove': 'Server removed',
  'server.update': 'Server changed',
  'sessions.end': 'Sessions ended',
  'sign_in.sign_in': 'Sign-in',
  'sign_in.sign_out': 'Sign-out',
  'sign_in.sign_out_everywhere': 'Sign-out everywhere',
  'tenant.create': 'Tenant created',
  'tenant.readdress': 'Tenant’s address changed',
  'tenant.rename': 'Display name changed',
  'tenant.shred': 'Tenant shredded',
  'token.issued': 'Token issued',
  'token.revoked': 'Access ended',
};

interface Named {
  readonly kind: string;
  readonly tool?: string;
  readonly act?: { readonly name: string };
}

/** What a line of the list is called: the tool, the act, or else the kind. */
export function nameReceipt({ kind, tool, act }: Named): string {
  if (tool !== undefined) return visibleText(tool);
  return (act && ACT_LABELS[act.name]) ?? KIND_LABELS[kind] ?? kind;
}

/** Outcomes in a word or two, for lists. */
export const STATUS_LABELS: Readonly<Record<string, string>> = {
  ok: 'ok',
  tool_error: 'tool error',
  rpc_error: 'protocol answer: error',
  protocol_error: 'protocol broken',
  input_required: 'input required',
  task: 'accepted as a task',
  denied: 'denied',
  held: 'held',
  cancelled: 'cancelled',
  timed_out: 'timed out',
  failed: 'not delivered',
  withheld: 'withheld',
  unknown: 'unknown',
};

/** What each outcome means for the reader of a receipt about a call. */
const CALL_STATUS: Readonly<Record<string, string>> = {
  ok: 'The server answered with a result.',
  tool_error: 'The tool answered that it failed.',
  rpc_error: 'The server answered with a protocol error.',
  protocol_error: 'The server broke the protocol; its answer was not passed on.',
  input_required: 'The server asked for something before it goes on.',
  task: 'The server accepted the work as a task.',
  denied: 'The call was refused; nothing was sent.',
  held: 'The call waits for a person.',
  cancelled: 'The agent cancelled the call.',
  timed_out: 'The server did not answer in time.',
  failed: 'The call could not be delivered.',
  withheld: 'The server answered, but access had ended: the answer was not passed on.',
  unknown: 'The process stopped before it learned the outcome.',
};

/** Of what is no call, there is less to say. */
const ACT_STATUS: Readonly<Record<string, string>> = { ok: 'Done.', denied: 'Refused.', failed: 'Failed.' };

const NO_CALLS = new Set(['sign_in', 'consent', 'approval', 'token', 'read', 'key', 'admin', 'erasure']);

/** The outcome in words that fit what the receipt is about. */
export function statusWords(kind: string, status: string): string {
  return (NO_CALLS.has(kind) ? ACT_STATUS : CALL_STATUS)[status] ?? status;
}

/** On whose behalf something was done. */
export const MODE_WORDS: Readonly<Record<string, string>> = {
  user: 'a person, or an agent for a person',
  agent: 'an agent by itself',
  operator: 'an operator at the machine',
  system: 'Countersign itself',
};

/** What was sent to the server to prove who calls. */
export const CREDENTIAL_WORDS: Readonly<Record<string, string>> = {
  minted: 'a token minted for this one request',
  none: 'none',
};

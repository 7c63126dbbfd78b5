import type { Arrival, Journals, LogEntry, SentCall } from './journal-types.ts';

const OUTCOMES = new Set(['tool_call', 'resource_read', 'prompt_get', 'completion', 'task']);

/** Whatever the three records say differently, each as a sentence. Nothing: they agree. */
export function compareJournals({ client, upstream, log }: Journals): string[] {
  const entries = new Map(log.map((entry) => [entry.id, entry]));
  const attempts = new Map(log.filter(({ kind }) => kind === 'attempt').map((entry) => [entry.id, entry]));
  const outcomes = Map.groupBy(log.filter(isOutcome), ({ attempt = '' }) => attempt);
  const arrivals = Map.groupBy(upstream, ({ key }) => key);
  const calls = new Map(client.map((call) => [call.key, call]));
  const found: string[] = [];
  const say = (problem: string) => void found.push(problem);
  if (entries.size !== log.length) say(`${log.length - entries.size} ids stand in the log twice`);
  if (calls.size !== client.length) say('the client used a key twice');
  log.forEach(({ index }, at) => index === at || say(`entry ${at} of the log is numbered ${index}`));
  for (const attempt of attempts.values()) checkAttempt(attempt, outcomes.get(attempt.id) ?? [], say);
  for (const [attempt] of outcomes)
    if (attempt !== '' && !attempts.has(attempt))
      say(`an outcome names the attempt ${attempt}, which is not there`);
  const arrived = new Set<string>();
  for (const arrival of upstream) {
    if (arrived.has(arrival.attempt)) say(`${arrival.attempt} arrived twice`);
    arrived.add(arrival.attempt);
    checkArrival(arrival, calls.get(arrival.key), attempts, say);
  }
  for (const call of client) checkCall(call, arrivals.get(call.key) ?? [], entries, say);
  for (const attempt of attempts.values()) {
    const status = outcomes.get(attempt.id)?.[0]?.status;
    if (status === 'ok' && !arrived.has(attempt.id))
      say(`the attempt ${attempt.id} succeeded, and never arrived`);
  }
  return found;
}

type Say = (problem: string) => void;

function isOutcome({ kind }: LogEntry): boolean {
  return OUTCOMES.has(kind);
}

function checkAttempt({ id, index }: LogEntry, outcomes: readonly LogEntry[], say: Say): void {
  if (outcomes.length !== 1) say(`the attempt ${id} has ${outcomes.length} outcomes`);
  if (outcomes.some((outcome) => outcome.index <= index)) say(`the attempt ${id} stands behind its outcome`);
}

function checkArrival(
  { key, attempt, jti }: Arrival,
  call: SentCall | undefined,
  attempts: ReadonlyMap<string, LogEntry>,
  say: Say,
): void {
  if (jti !== attempt) say(`${key} arrived with the token of ${jti} under the attempt ${attempt}`);
  if (call === undefined) say(`${key} arrived, and nobody sent it`);
  else if (call.kind === 'forbidden') say(`${key} arrived, and was forbidden`);
  else if (call.kind !== 'waived' && !attempts.has(attempt))
    say(`${key} arrived under the attempt ${attempt}, which is not in the log`);
}

/** What an agent was told stands in the log, and belongs to what arrived. */
function checkCall(
  { key, kind, told }: SentCall,
  arrivals: readonly Arrival[],
  entries: ReadonlyMap<string, LogEntry>,
  say: Say,
): void {
  if (arrivals.length > 1) say(`${key} was sent once and arrived ${arrivals.length} times`);
  if (told === undefined) return;
  const outcome = entries.get(told.receipt);
  if (outcome === undefined) return say(`${key} was answered under ${told.receipt}, which is not in the log`);
  const expected = { result: 'ok', denied: 'denied', error: undefined }[told.as];
  const isOther = expected === undefined ? outcome.status === 'ok' : outcome.status !== expected;
  if (isOther) say(`${key} was answered as ${told.as}, and is ${outcome.status} in the log`);
  if ((told.as === 'denied') !== (kind === 'forbidden'))
    say(`${key} is ${kind} and was answered as ${told.as}`);
  if (told.as !== 'result') return;
  const [arrival] = arrivals;
  const named = kind === 'waived' ? outcome.id : outcome.attempt;
  if (arrival === undefined) say(`${key} was answered, and never arrived`);
  else if (arrival.attempt !== named) say(`${key} arrived as ${arrival.attempt}, and is ${named} in the log`);
}

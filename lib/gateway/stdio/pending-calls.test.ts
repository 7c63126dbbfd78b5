/** Whom a message on a pipe is for, which names no call. */
import { expect, it } from 'vitest';
import { locateMessage } from './locate-message.ts';
import { PendingCalls } from './pending-calls.ts';
import { StdioCall } from './stdio-call.ts';

const CALL = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tasks/result"}');
const NOTHING = {
  onAnswer: () => undefined,
  onFailure: () => undefined,
  onEnd: () => undefined,
  onMessage: () => undefined,
  onHead: () => undefined,
};

function pipeWith(...listeners: readonly { readonly task?: string; readonly deaf?: boolean }[]) {
  const pending = new PendingCalls();
  const calls = listeners.map((one) => new StdioCall({ ...NOTHING, ...one }, false));
  for (const call of calls) pending.add(call, 1, CALL, locateMessage(CALL));
  return (task?: string) => pending.listening(task).map((call) => calls.indexOf(call));
}

it('what names no task is for no one who asks about one', () => {
  const listening = pipeWith({}, { task: 'a' }, { deaf: true }, {});
  expect(listening()).toStrictEqual([0, 3]);
  expect(listening('b')).toStrictEqual([0, 3]);
});

it('what names a task is for who asked about that last', () => {
  const listening = pipeWith({}, { task: 'a' }, { task: 'b' }, { task: 'a' }, { task: 'a', deaf: true });
  expect(listening('a')).toStrictEqual([3]);
  expect(listening('b')).toStrictEqual([2]);
});

it('that nobody waits for an answer any more is for all who ask about a task, or about the one that it names', () => {
  const pending = new PendingCalls();
  const told: string[] = [];
  for (const task of [undefined, 'a', 'b']) {
    const onMessage = () => void told.push(task ?? 'none');
    const listener = { ...NOTHING, onMessage, deaf: true, ...(task === undefined ? {} : { task }) };
    pending.add(new StdioCall(listener, false), 1, CALL, locateMessage(CALL));
  }
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } };
  expect(pending.tellLookers(cancelled, undefined, '')).toBe(false);
  expect(told.splice(0)).toStrictEqual(['a', 'b']);
  expect(pending.tellLookers(cancelled, 'b', '')).toBe(true);
  expect(told.splice(0)).toStrictEqual(['b']);
  expect(pending.tellLookers(cancelled, 'c', '')).toBe(false);
  expect(pending.tellLookers({ ...cancelled, method: 'notifications/message' }, 'b', '')).toBe(false);
  expect(told).toStrictEqual([]);
});

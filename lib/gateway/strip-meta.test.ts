import { describe, expect, it } from 'vitest';
import { withoutOtherTask, withoutTaskMeta } from './strip-meta.ts';

const RELATED = 'io.modelcontextprotocol/related-task';
const naming = (taskId: string) => ({ a: 1, _meta: { b: 2, [RELATED]: { taskId } } });

describe('the task that a message says to belong to', () => {
  it('is cut from what an agent asks, and nothing else is', () => {
    expect(withoutTaskMeta(naming('t'))).toStrictEqual({ a: 1, _meta: { b: 2 } });
    const without = { a: 1, _meta: { b: 2 } };
    expect(withoutTaskMeta(without)).toBe(without);
  });

  it('is cut from an answer unless its question said the same', () => {
    const answer = naming('t');
    expect(withoutOtherTask(answer, 't')).toBe(answer);
    expect(withoutOtherTask(answer, 'other')).toStrictEqual({ a: 1, _meta: { b: 2 } });
    expect(withoutOtherTask(answer, undefined)).toStrictEqual({ a: 1, _meta: { b: 2 } });
  });
});

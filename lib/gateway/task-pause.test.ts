import { expect, it } from 'vitest';
import { taskPauseMs } from './task-pause.ts';

it.each([
  [0, 0, 100],
  [250, 0, 250],
  [0, 5_000, 500],
  [0, 3_600_000, 1_000],
  [30_000, 3_600_000, 30_000],
  [86_400_000, 0, 60_000],
  [Infinity, 0, 60_000],
  [-1, 0, 1_000],
  [NaN, 0, 1_000],
  ['0', 0, 1_000],
  [undefined, 0, 1_000],
])('a task whose server says %s is looked at, %s ms after it began, in %s ms', (asked, elapsed, pause) => {
  expect(taskPauseMs(asked, elapsed)).toBe(pause);
});

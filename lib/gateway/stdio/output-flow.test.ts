import { expect, it } from 'vitest';
import { STDIO_BACKLOG_BYTES, STDIO_UNASKED_BYTES_BURST } from './constants.ts';
import { OutputFlow } from './output-flow.ts';

it('a process that says more than anybody asked for has to wait, and may go on later', () => {
  const flow = new OutputFlow();
  const start = performance.now();
  flow.add(STDIO_UNASKED_BYTES_BURST + 2_000_000);
  expect(flow.isTooMuch(start, 0)).toBe(true);
  expect(flow.mayGoOn(start + 250, 0)).toBe(false);
  expect(flow.mayGoOn(start + 60_000, 0)).toBe(true);
  expect(flow.mayGoOn(start + 60_250, 0)).toBe(false);
});

it('a process has to wait for whoever is slow to take what it said', () => {
  const flow = new OutputFlow();
  const start = performance.now();
  expect(flow.isTooMuch(start, STDIO_BACKLOG_BYTES + 1)).toBe(true);
  expect(flow.mayGoOn(start, STDIO_BACKLOG_BYTES)).toBe(false);
  expect(flow.mayGoOn(start, 0)).toBe(true);
});

it('a process that says little is never stopped', () => {
  const flow = new OutputFlow();
  const start = performance.now();
  for (let second = 0; second < 100; second += 1) {
    flow.add(500_000);
    expect(flow.isTooMuch(start + second * 1_000, 0)).toBe(false);
  }
});

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#lib/core';
import { InputQuestions, type InputRound } from './input-round.ts';

const ROOTS = { method: 'roots/list', params: {} };

function ask(names: readonly string[]) {
  const questions = new InputQuestions();
  const put: JsonObject[] = [];
  const told: unknown[] = [];
  const round: InputRound = { asked: new Map(names.map((name) => [name, ROOTS])), requestState: undefined };
  const withdraw = questions.ask(
    round,
    (message) => void put.push(message),
    (answers) => void told.push(answers.ok ? answers.value : answers.error.message),
  );
  return { questions, put, told, withdraw };
}

describe('the questions of a round', () => {
  it('are answered together, each under the name that the server gave it', () => {
    const { questions, put, told } = ask(['a', '__proto__']);
    questions.answer({ id: put[1]?.['id'] ?? null, result: { two: 2 } });
    expect(told).toStrictEqual([]);
    questions.answer({ id: put[0]?.['id'] ?? null, result: { one: 1 } });
    expect(JSON.stringify(told)).toBe('[{"__proto__":{"two":2},"a":{"one":1}}]');
  });

  it('have ids that nobody can guess, and no other answers them', () => {
    const { questions, put, told } = ask(['a']);
    expect(String(put[0]?.['id'])).toMatch(/^input-[0-9a-f-]{36}( |$)/);
    for (const id of ['a', 'input-', 1, null]) questions.answer({ id, result: {} });
    expect(told).toStrictEqual([]);
  });

  it('end with the first that is refused, once', () => {
    const { questions, put, told } = ask(['a', 'b']);
    questions.answer({ id: put[0]?.['id'] ?? null, error: { code: 1, message: 'No.' } });
    questions.answer({ id: put[1]?.['id'] ?? null, result: {} });
    expect(told).toStrictEqual(['asked for something first, which was refused: No.']);
  });

  it('are answered by nothing once nobody waits', () => {
    const { questions, put, told, withdraw } = ask(['a']);
    withdraw();
    questions.answer({ id: put[0]?.['id'] ?? null, result: {} });
    expect(told).toStrictEqual([]);
  });
});

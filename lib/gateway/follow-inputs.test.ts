import { expect, it } from 'vitest';
import { FollowedInputs } from './follow-inputs.ts';
import { InputQuestions } from './input-round.ts';

const ROOTS = { method: 'roots/list', params: {} };

it('what a task asks is not waited for once its call has ended, not even what ends it', () => {
  const questions = new InputQuestions();
  const inputs: FollowedInputs = new FollowedInputs(questions, {
    put: () => {
      if (questions.waiting === 2) inputs.close();
    },
    answered: () => undefined,
    refused: () => undefined,
  });
  inputs.see(new Map(['a', 'b', 'c'].map((name) => [name, ROOTS])));
  expect(questions.waiting).toBe(0);
});

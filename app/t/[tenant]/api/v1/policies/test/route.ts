import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { policyQuestion, route, runtime } from '#lib/runtime';
import {
  DRAFT_BYTES_MAX,
  policyChanges,
  questionProblem,
  renderExplanation,
  testOutput,
} from '#ui/policy-wire.ts';

/** What a call would be answered, by the policies in force or a draft of them. Nothing is executed or receipted. */
export const POST = route({
  auth: { roles: ['admin', 'auditor'] },
  input: {
    body: z.strictObject({ request: policyQuestion, policies: policyChanges.default({}) }),
  },
  output: testOutput,
  bodyBytesMax: DRAFT_BYTES_MAX,
  handle: async ({ tenant, input }) => {
    const answer = await runtime().policyDesk.ask(tenant, input.body.request, input.body.policies);
    return answer.ok ? renderExplanation(answer.value) : problemResponse(questionProblem(answer.error));
  },
});

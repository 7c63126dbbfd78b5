import { READERS } from '#api/admin-request.ts';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import {
  DRAFT_BYTES_MAX,
  questionProblem,
  renderExplanation,
  testBody,
  testOutput,
} from '#api/policy-wire.ts';

/** What a call would be answered, by the policies in force or a draft of them. Nothing is executed or receipted. */
export const POST = route({
  auth: READERS,
  input: {
    body: testBody,
  },
  output: testOutput,
  bodyBytesMax: DRAFT_BYTES_MAX,
  handle: async ({ tenant, input }) => {
    const answer = await runtime().policyDesk.ask(tenant, input.body.request, input.body.policies);
    return answer.ok ? renderExplanation(answer.value) : problemResponse(questionProblem(answer.error));
  },
});

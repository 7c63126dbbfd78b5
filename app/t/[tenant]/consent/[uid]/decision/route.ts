import { z } from 'zod';
import { seeOther } from '#lib/http';
import { route, runtime } from '#lib/runtime';
import { continuePage } from '#ui/continue-page.ts';

/** Takes the answer to a consent page; the browser goes on to where the authorization server says. */
export const POST = route({
  auth: 'session',
  input: {
    params: z.object({ tenant: z.string(), uid: z.string().min(1).max(100) }),
    form: z.object({ effect: z.enum(['allow', 'decline']), admit: z.literal('yes').optional() }),
  },
  output: 'response',
  kind: 'hosted',
  handle: async ({ request, tenant, session, ip, input }) => {
    const { effect, admit } = input.form;
    const decision = effect === 'allow' ? { effect, admit: admit === 'yes' } : { effect };
    const visit = { session, cookies: request.headers.get('cookie'), ip: ip ?? '' };
    const decided = await runtime().oauth.decide(tenant, input.params.uid, decision, visit);
    if (decided.ok) return continuePage(decided.value.redirectTo);
    // The page says why, or asks again: whoever pressed the button is not left with a program's answer.
    return seeOther(`${tenant.canonicalUrl}/consent/${input.params.uid}`);
  },
});

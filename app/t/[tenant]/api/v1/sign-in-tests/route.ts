import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';
import { ssoProblemWords } from '#ui/sso-problem-words.ts';

/** Begins a sign-in at the provider that changes nothing, with the saved settings or with those that are given. */
export const POST = route({
  auth: { roles: ['admin'] },
  input: { body: z.strictObject({ identity_provider: z.record(z.string(), z.unknown()).optional() }) },
  output: 'response',
  handle: async ({ tenant, session, requestId, input: { body } }) => {
    const { manifest, identity } = runtime();
    const given = body.identity_provider;
    const candidate = given === undefined ? undefined : await manifest.readProviderDraft(tenant, given);
    if (candidate?.ok === false) {
      const errors = candidate.error.faults.map(({ at, message }) => ({ path: at, message }));
      return problemResponse({
        status: 400,
        code: 'invalid',
        title: 'These settings do not fit',
        detail: candidate.error.message,
        errors,
        reference: requestId,
      });
    }
    const begun = await identity.sso.beginTest(tenant, session, {
      requestId,
      ...(candidate === undefined ? {} : { candidate: candidate.value }),
    });
    if (!begun.ok) {
      const { title, message, admin } = ssoProblemWords(begun.error);
      const { reason } = begun.error;
      const detail = reason === undefined ? message : `${message} ${reason}.`;
      return problemResponse({
        status: 422,
        code: 'no-test',
        title,
        detail,
        remedy: admin,
        reference: requestId,
      });
    }
    const headers = new Headers({ 'content-type': 'application/json' });
    for (const cookie of begun.value.setCookies) headers.append('set-cookie', cookie);
    return new Response(JSON.stringify({ redirect_to: begun.value.redirectTo }), { headers });
  },
});

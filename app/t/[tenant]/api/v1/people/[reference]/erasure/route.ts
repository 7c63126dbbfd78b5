import { z } from 'zod';
import type { SubjectReference } from '#lib/core';
import { route, runtime } from '#lib/runtime';
import { personProblem } from '#api/person-problems.ts';
import { personParams } from '#api/person-wire.ts';

/** Erases a person for good; the reference is typed once more. */
export const POST = route({
  auth: { roles: ['admin'] },
  input: { params: personParams, body: z.strictObject({ confirm: z.string().max(100) }) },
  output: z.strictObject({ reference: z.string(), erased_at: z.string(), backups_until: z.string() }),
  handle: async ({ tenant, session, ip, input: { params, body } }) => {
    const reference = params.reference as SubjectReference;
    const erased = await runtime().console.erasePerson({ tenant, session, ip }, reference, body.confirm);
    if (typeof erased === 'string') return personProblem(erased);
    return {
      reference: erased.reference,
      erased_at: new Date(erased.at).toISOString(),
      backups_until: new Date(erased.backupsUntil).toISOString(),
    };
  },
});

import { z } from 'zod';
import { route, runtime } from '#lib/runtime';
import { personRowOutput, renderPersonRow } from '#api/person-wire.ts';

const query = z.object({
  /** A whole verified email address, or a reference. */
  search: z.string().trim().min(1).max(254).optional(),
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).optional(),
});

/** People, who signed in last first. */
export const GET = route({
  auth: { roles: ['admin', 'auditor'] },
  input: { query },
  output: z.strictObject({ people: z.array(personRowOutput), next: z.string().optional() }),
  handle: async ({ tenant, session, ip, input: { query: asked } }) => {
    const { search, after, limit } = asked;
    const { people, next } = await runtime().console.listPeople(
      { tenant, session, ip },
      {
        ...(search === undefined ? {} : { search }),
        ...(after === undefined ? {} : { after }),
        ...(limit === undefined ? {} : { limit }),
      },
    );
    return { people: people.map(renderPersonRow), ...(next === undefined ? {} : { next }) };
  },
});

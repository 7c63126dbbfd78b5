import { z } from 'zod';
import { problemResponse } from '#lib/edge';
import { ROTATABLE_KEYS, route, runtime } from '#lib/runtime';
import { keysOutput, renderKeys } from '#api/key-wire.ts';

/** A new key takes over from the one that the admin had before them; the change is receipted with their name. */
export const POST = route({
  auth: { roles: ['admin'] },
  input: {
    params: z.object({ tenant: z.string(), purpose: z.enum(ROTATABLE_KEYS) }),
    /** The key in force when it was asked for: pressed twice, it rotates once. */
    body: z.strictObject({ in_force: z.string().min(1).max(64) }),
  },
  output: keysOutput,
  handle: async ({ tenant, session, ip, input }) => {
    const actor = { mode: 'user', person: session.person, ...(ip === undefined ? {} : { ip }) } as const;
    const { purpose } = input.params;
    const done = await runtime().rotateExpectedKey(tenant.slug, purpose, actor, input.body.in_force);
    if (!done)
      return problemResponse({
        status: 412,
        code: 'stale',
        title: 'Another key is in force by now',
        detail: 'Somebody has rotated this key since your page was made. Nothing was changed.',
        remedy: 'Load the page again and look at the key that is in force.',
      });
    return renderKeys(await runtime().console.keyOverview({ tenant, session, ip }));
  },
});

import { z } from 'zod';
import { expireCookie, serializeCookie } from '#lib/edge';
import { seeOther } from '#lib/http';
import { route, runtime } from '#lib/runtime';
import { THEMES } from '#ui/theme.ts';

const KEPT_SECONDS = 365 * 24 * 3600;

/** Keeps the choice of a theme in a cookie of this browser. It is nobody's data, so it asks for no session. */
export const POST = route({
  auth: 'public',
  input: { form: z.object({ theme: z.enum(THEMES) }) },
  output: 'response',
  kind: 'bare',
  handle: async ({ tenant, input: { form } }) => {
    const scope = runtime().addresses.cookie('theme', undefined);
    const cookie =
      form.theme === 'system'
        ? expireCookie(scope)
        : serializeCookie({ scope, value: form.theme, maxAgeSeconds: KEPT_SECONDS });
    return seeOther(`${tenant.canonicalUrl}/connections`, [cookie]);
  },
});

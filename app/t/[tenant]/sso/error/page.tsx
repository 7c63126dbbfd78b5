import { z } from 'zod';
import { page, runtime } from '#lib/runtime';
import { Code } from '#ui/code.tsx';
import { Hosted } from '#ui/hosted.tsx';
import { hosted } from '#ui/messages.ts';
import { renderPage } from '#ui/render-page.tsx';
import { ssoProblemWords } from '#ui/sso-problem-words.ts';

/** What our own redirect says; anything else is as good as absent. */
const query = z.object({
  kind: z.string().max(60).optional().catch(undefined),
  code: z.string().max(60).optional().catch(undefined),
  reference: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16}$/)
    .optional()
    .catch(undefined),
  return_to: z.string().max(2048).optional().catch(undefined),
});

const load = page({
  auth: 'public',
  input: { query },
  load: async ({ tenant, input }) => {
    const { kind, code, reference, return_to: returnTo } = input.query;
    const retry = runtime().addresses.ssoStartUrl(tenant.slug, returnTo);
    return { words: ssoProblemWords(runtime().readSsoProblem(kind, code)), reference, retry };
  },
});

export default renderPage(load, ({ data: { words, reference, retry }, tenant }) => (
  <Hosted title={words.title} tenantName={tenant.displayName} demo={tenant.demo}>
    <p className="text-sm">{words.message}</p>
    <h2 className="mt-6 text-sm font-semibold">{hosted('failed.you')}</h2>
    <p className="mt-1 text-sm">{words.you}</p>
    {reference !== undefined && (
      <p className="mt-2 text-sm text-muted">
        {hosted('failed.reference')} <Code>{reference}</Code>
      </p>
    )}
    <p className="mt-3 text-sm">
      <a href={retry} className="link">
        {hosted('failed.again')}
      </a>
    </p>
    <h2 className="mt-6 text-sm font-semibold">{hosted('failed.admin')}</h2>
    <p className="mt-1 text-sm text-muted">{words.admin}</p>
  </Hosted>
));

import { z } from 'zod';
import { READERS } from '#api/admin-request.ts';
import { problemResponse, type Problem } from '#lib/edge';
import { route, runtime } from '#lib/runtime';

const name = z.string().min(1).max(256);

const NO_TOOL: Problem = {
  status: 404,
  code: 'no-such-tool',
  title: 'There is no such tool',
  detail: 'No tool of this name is pinned of a server of this id.',
};

/** The Cedar schema of the policies as text: of one tool's calls, or one for all. Or what the tool itself accepts. */
export const GET = route({
  auth: READERS,
  input: {
    query: z
      .strictObject({
        server: name.optional(),
        tool: name.optional(),
        of: z.enum(['policies', 'arguments']).default('policies'),
      })
      .refine(({ of, tool }) => of === 'policies' || tool !== undefined, {
        error: 'the arguments of which tool? Name server and tool',
      })
      .refine(({ server, tool }) => (server === undefined) === (tool === undefined), {
        error: 'server and tool come together, or not at all',
      }),
  },
  output: 'response',
  handle: async ({ tenant, input: { query } }) => {
    const { server, tool } = query;
    const of = server === undefined || tool === undefined ? undefined : { server, tool };
    if (of !== undefined && query.of === 'arguments') {
      const schema = await runtime().policyDesk.toolSchema(tenant, of);
      return schema === undefined ? problemResponse(NO_TOOL) : Response.json(schema);
    }
    const text = await runtime().policyDesk.schemaText(tenant, of);
    return text === undefined
      ? problemResponse(NO_TOOL)
      : new Response(text, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
  },
});

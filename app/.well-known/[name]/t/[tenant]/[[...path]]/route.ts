import { type Problem, problemResponse } from '#lib/edge';
import { route, runtime } from '#lib/runtime';

const NO_DOCUMENT: Problem = {
  status: 404,
  code: 'no-metadata',
  title: 'There is no such metadata document',
  detail: 'Neither an issuer nor a resource has this address.',
  remedy: 'Take the address from WWW-Authenticate, or build it from the MCP URL (RFC 9728 §3.1).',
};

/** Metadata of issuers (RFC 8414 §3.1) and resources (RFC 9728 §3.1), at the well-known address with their path behind it. */
export const GET = route({
  auth: 'public',
  input: 'raw',
  output: 'response',
  kind: 'public',
  origin: 'any',
  handle: async ({ tenant, params }) => {
    const below = [params['path'] ?? []].flat().join('/');
    const document = await runtime().metadata(tenant, String(params['name']), below);
    return document === undefined ? problemResponse(NO_DOCUMENT) : Response.json(document);
  },
});

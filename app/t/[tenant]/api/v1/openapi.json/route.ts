import { OPERATIONS } from '#api/operations.ts';
import { openApiDocument } from '#api/open-api.ts';
import { route, runtime } from '#lib/runtime';

/** The API in OpenAPI 3.1; the same for everybody, for it says nothing about the tenant. */
export const GET = route({
  auth: 'public',
  input: {},
  output: 'response',
  handle: async ({ tenant }) => {
    const { manifest, addresses } = runtime();
    const document = openApiDocument(OPERATIONS, {
      url: `${tenant.canonicalUrl}/api/v1`,
      bodies: manifest.bodySchemas(),
      sessionCookie: addresses.cookie('session', tenant.slug).name,
    });
    return await Promise.resolve(Response.json(document));
  },
});

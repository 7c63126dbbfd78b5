import { z } from 'zod';
import { route, runtime, type ResourceKind, type ResourceName } from '#lib/runtime';
import type { RouteHandler } from '#lib/http';
import { actorOf, conditionsOf, READERS, WRITERS } from './admin-request.ts';
import { resourceProblem } from './resource-problems.ts';
import { putOutput, resourceListOutput, resourceOutput, resourceParams } from './resource-schemas.ts';

/** The largest body is a policy's text. */
const RESOURCE_BYTES_MAX = 256 * 1024;

/** A body is checked by the module that owns the format, which says where each fault is. */
const anyBody = z.unknown();

/** All of a kind: GET. */
export function listRoute(kind: ResourceKind): RouteHandler {
  return route({
    auth: READERS,
    input: {},
    output: resourceListOutput,
    handle: async ({ tenant }) => ({ resources: [...(await runtime().manifest.list(tenant, kind))] }),
  });
}

interface ResourceRoutes {
  readonly GET: RouteHandler;
  readonly PUT: RouteHandler;
  readonly DELETE: RouteHandler;
}

/** One of several: GET, PUT, DELETE. */
export function itemRoutes(kind: 'server' | 'policy' | 'agent'): ResourceRoutes {
  return createRoutes(resourceParams[kind], ({ id, client_id: clientId = '' }) => ({
    kind,
    id: id ?? clientId,
  }));
}

/** The only one of its kind: GET, PUT. */
export function singletonRoutes(kind: 'settings' | 'identity_provider'): Omit<ResourceRoutes, 'DELETE'> {
  return createRoutes(z.object({ tenant: z.string() }), () => ({ kind }));
}

type Params = Readonly<Record<string, string>>;

function createRoutes(params: z.ZodType<Params>, nameOf: (params: Params) => ResourceName): ResourceRoutes {
  return {
    GET: route({
      auth: READERS,
      input: { params },
      output: 'response',
      handle: async ({ tenant, input, request }) => {
        const name = nameOf(input.params);
        const found = await runtime().manifest.load(tenant, name);
        if (found === undefined)
          return resourceProblem({ kind: 'missing', message: 'Nothing of this name is here.', faults: [] });
        const headers = { etag: found.etag };
        const isKnown = request.headers.get('if-none-match')?.includes(found.etag) === true;
        return isKnown
          ? new Response(null, { status: 304, headers })
          : Response.json(resourceOutput.parse(found), { headers });
      },
    }),
    PUT: route({
      auth: WRITERS,
      input: { params, body: anyBody },
      bodyBytesMax: RESOURCE_BYTES_MAX,
      output: 'response',
      handle: async ({ tenant, session, ip, input, request }) => {
        const name = nameOf(input.params);
        const condition = { ...conditionsOf(request), actor: actorOf(session, ip) };
        const done = await runtime().manifest.put(tenant, name, input.body, condition);
        if (!done.ok) return resourceProblem(done.error);
        return Response.json(putOutput.parse(done.value), {
          status: done.value.change === 'created' ? 201 : 200,
          headers: { etag: done.value.resource.etag },
        });
      },
    }),
    DELETE: route({
      auth: WRITERS,
      input: { params },
      output: 'response',
      handle: async ({ tenant, session, ip, input, request }) => {
        const { ifMatch } = conditionsOf(request);
        const condition = { ...(ifMatch === undefined ? {} : { ifMatch }), actor: actorOf(session, ip) };
        const name = nameOf(input.params);
        const done = await runtime().manifest.remove(tenant, name, condition);
        return done.ok ? new Response(null, { status: 204 }) : resourceProblem(done.error);
      },
    }),
  };
}

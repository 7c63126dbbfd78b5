import type { Http, HttpServices, PageLoader, RouteHandler } from './types.ts';
import { runPage, type AnyPage } from './run-page.ts';
import { runRoute, type AnyRoute } from './run-route.ts';

/**
 * Makes `route` and `page` over services that are asked for at each request: a route file may be read (by a build, by the
 * listener) before anything runs.
 */
export function createHttp(services: () => HttpServices): Http {
  return {
    route(definition): RouteHandler {
      const route = definition as unknown as AnyRoute;
      return (request, router) => runRoute(services(), route, request, router);
    },
    page<Data, S>(definition: unknown) {
      const page = definition as AnyPage;
      return ((request) => runPage(services(), page, request)) as PageLoader<
        Data,
        S & ('tenant' | 'instance')
      >;
    },
  } as Http;
}

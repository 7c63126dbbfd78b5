import { singletonRoutes } from '#api/resource-routes.ts';

const routes = singletonRoutes('identity_provider');

export const GET = routes.GET;
export const PUT = routes.PUT;

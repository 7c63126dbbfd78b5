import { itemRoutes } from '#api/resource-routes.ts';

const routes = itemRoutes('agent');

export const GET = routes.GET;
export const PUT = routes.PUT;
export const DELETE = routes.DELETE;

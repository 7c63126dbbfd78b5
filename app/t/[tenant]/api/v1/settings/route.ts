import { singletonRoutes } from '#api/resource-routes.ts';

const routes = singletonRoutes('settings');

export const GET = routes.GET;
export const PUT = routes.PUT;

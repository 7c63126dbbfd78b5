import { listRoute } from '#api/resource-routes.ts';

/** MCP servers of the tenant, by id. */
export const GET = listRoute('server');

import { listRoute } from '#api/resource-routes.ts';

/** Agents that an admin names, by client id. */
export const GET = listRoute('agent');

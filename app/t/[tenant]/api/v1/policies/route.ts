import { listRoute } from '#api/resource-routes.ts';

/** Policies in force, by id. */
export const GET = listRoute('policy');

/**
 * http: the only way a request reaches a handler.
 * Owns `route` and `page`: who may call, which tenant is meant, parsing and its limits, Origin and CSRF checks, security
 * headers, and the words of every refusal that is about HTTP itself.
 * Never decides what a person may do beyond their role, never knows the framework that calls it.
 * Promise: bad input is answered with what is wrong, never with a 500; a defect is answered with a reference and nothing else.
 */
export type * from './types.ts';
export { createHttp } from './create-http.ts';
export { notFound, redirectTo, refuse, seeOther } from './outcomes.ts';
export { StrangerLimits } from './stranger-limits.ts';
export { CSRF_FIELD, CSRF_HEADER } from './constants.ts';

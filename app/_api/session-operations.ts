import { z } from 'zod';
import type { Operation } from './types.ts';

/** Who is signed in, and what lives of an agent. */
export const SESSION_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/session',
    tag: 'Session',
    summary: 'Who is signed in, and the token that changes need',
    auth: 'session',
    answer: {
      status: 200,
      description: 'The person, and the CSRF token of this session.',
      schema: z.object({
        person: z.looseObject({ reference: z.string(), roles: z.array(z.string()) }),
        expires_at: z.string(),
        csrf_token: z.string(),
      }),
    },
  },
  {
    method: 'delete',
    path: '/agents/{client_id}/grants',
    tag: 'Agents',
    summary: 'End everything that anybody let an agent do',
    auth: ['admin'],
    answer: { status: 200, description: 'How many ended.', schema: z.strictObject({ ended: z.int() }) },
  },
  {
    method: 'get',
    path: '/openapi.json',
    tag: 'Session',
    summary: 'This document',
    auth: 'public',
    answer: { status: 200, description: 'OpenAPI 3.1.', schema: z.looseObject({}) },
  },
];

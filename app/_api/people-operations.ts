import { z } from 'zod';
import { endedOutput, personOutput, personRowOutput } from './person-wire.ts';
import type { Operation } from './types.ts';

const TAG = 'People';

/** Who signed in, and ending what they or their agents may do. */
export const PEOPLE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/people',
    tag: TAG,
    summary: 'People, who signed in last first',
    auth: ['admin', 'auditor'],
    query: z.object({
      search: z.string().max(254).optional().describe('A whole verified email address, or a reference.'),
      after: z.string().max(100).optional().describe('`next` of the page before.'),
      limit: z.int().min(1).max(100).optional(),
    }),
    answer: {
      status: 200,
      description: 'One page of people.',
      schema: z.strictObject({ people: z.array(personRowOutput), next: z.string().optional() }),
    },
  },
  {
    method: 'get',
    path: '/people/{reference}',
    tag: TAG,
    summary: 'One person: groups, roles and which group gave them, sessions, agents',
    auth: ['admin', 'auditor'],
    answer: { status: 200, description: 'The person.', schema: personOutput },
    problems: [404],
  },
  {
    method: 'post',
    path: '/people/{reference}/state',
    tag: TAG,
    summary: 'Disable or enable a person',
    description: 'Disabling ends sessions and agents’ access at once. Nobody disables themself.',
    auth: ['admin'],
    body: z.strictObject({ state: z.enum(['active', 'disabled']) }),
    answer: { status: 200, description: 'What ended.', schema: endedOutput },
    problems: [404, 409],
  },
  {
    method: 'delete',
    path: '/people/{reference}/sessions',
    tag: TAG,
    summary: 'Sign a person out everywhere',
    description: 'Their agents go on.',
    auth: ['admin'],
    answer: { status: 200, description: 'What ended.', schema: endedOutput },
    problems: [404],
  },
  {
    method: 'delete',
    path: '/people/{reference}/agents/{client_id}',
    tag: TAG,
    summary: 'End what a person granted one agent',
    auth: ['admin'],
    answer: { status: 200, description: 'What ended.', schema: endedOutput },
    problems: [404],
  },
  {
    method: 'post',
    path: '/people/{reference}/erasure',
    tag: TAG,
    summary: 'Erase a person for good',
    description: 'Takes the reference once more. Nobody erases themself.',
    auth: ['admin'],
    body: z.strictObject({ confirm: z.string().max(100) }),
    answer: {
      status: 200,
      description: 'Since when it holds, and from when for every backup.',
      schema: z.strictObject({ reference: z.string(), erased_at: z.string(), backups_until: z.string() }),
    },
    problems: [404, 409],
  },
  {
    method: 'post',
    path: '/sign-in-tests',
    tag: TAG,
    summary: 'Begin a test sign-in, which changes nothing',
    description:
      'With the saved settings, or with those of the body. For a browser: it goes on to `redirect_to`.',
    auth: ['admin'],
    body: z.strictObject({ identity_provider: z.looseObject({}).optional() }),
    answer: {
      status: 200,
      description: 'Where the browser goes on.',
      schema: z.strictObject({ redirect_to: z.string() }),
    },
    problems: [422],
  },
];

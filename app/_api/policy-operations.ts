import { z } from 'zod';
import {
  activationOutput,
  testBody,
  testOutput,
  validationBody,
  validationOutput,
  versionOutput,
  versionsOutput,
} from './policy-wire.ts';
import type { Operation } from './types.ts';

const TAG = 'Policies';
const READERS = ['admin', 'auditor'] as const;
const number = z.int().min(0);

/** What is asked of policies besides reading and writing one. */
export const POLICY_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/policies/test',
    tag: TAG,
    summary: 'Put a hypothetical request to the policies',
    description: 'By the set in force with the given drafts. Nothing is executed, changed or receipted.',
    auth: READERS,
    body: testBody,
    answer: { status: 200, description: 'What a call would be answered, and why.', schema: testOutput },
    problems: [422],
  },
  {
    method: 'post',
    path: '/policies/validation',
    tag: TAG,
    summary: 'Check drafts',
    description: 'What saving them would be refused for, and what it would change. Nothing is saved.',
    auth: READERS,
    body: validationBody,
    answer: {
      status: 200,
      description: 'Problems at line and column, and the difference.',
      schema: validationOutput,
    },
  },
  {
    method: 'get',
    path: '/policies/schema',
    tag: TAG,
    summary: 'The Cedar schema of the policies',
    description:
      'Of one tool’s calls, or one for all; with `of=arguments` the JSON Schema of the tool itself.',
    auth: READERS,
    query: z.strictObject({
      server: z.string().optional(),
      tool: z.string().optional(),
      of: z.enum(['policies', 'arguments']).optional(),
    }),
    answer: { status: 200, description: 'Cedar schema text.', contentType: 'text/plain' },
    problems: [404],
  },
  {
    method: 'get',
    path: '/policies/versions',
    tag: TAG,
    summary: 'Versions of the policies, newest first',
    auth: READERS,
    query: z.strictObject({ before: number.optional() }),
    answer: {
      status: 200,
      description: 'Versions: since when, by whom, what changed.',
      schema: versionsOutput,
    },
  },
  {
    method: 'get',
    path: '/policies/versions/{n}',
    tag: TAG,
    summary: 'One version with its texts',
    auth: READERS,
    query: z.strictObject({ against: number.optional() }),
    answer: {
      status: 200,
      description: 'The version, and what differs from another.',
      schema: versionOutput,
    },
    problems: [404],
  },
  {
    method: 'post',
    path: '/policies/versions/{n}/activation',
    tag: TAG,
    summary: 'Bring an earlier version back into force',
    description: 'Refused where it would change what a file owns, or does not fit today’s servers.',
    auth: ['admin'],
    conditional: 'change',
    answer: { status: 200, description: 'The set in force now.', schema: activationOutput },
    problems: [404, 409, 412],
  },
];

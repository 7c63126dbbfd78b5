import { z } from 'zod';
import { keysOutput } from './key-wire.ts';
import type { Operation } from './types.ts';

const TAG = 'Keys';

/** What is public about keys, and letting new ones take over. */
export const KEY_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/keys',
    tag: TAG,
    summary: 'What is public about the keys',
    auth: ['admin', 'auditor'],
    answer: { status: 200, description: 'Keys, and where the log speaks of each.', schema: keysOutput },
  },
  {
    method: 'post',
    path: '/keys/{purpose}/rotation',
    tag: TAG,
    summary: 'Let a new key take over',
    description: 'Names the key that was in force when it was asked for: pressed twice, it rotates once.',
    auth: ['admin'],
    body: z.strictObject({ in_force: z.string().min(1).max(64) }),
    answer: { status: 200, description: 'The keys as they are now.', schema: keysOutput },
    problems: [404, 412],
  },
];

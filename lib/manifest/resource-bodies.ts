import { z } from 'zod';
import { err, isJsonObject, ok, type Result } from '#lib/core';
import { POLICY_FILE_BYTES_MAX, SECRET_BYTES_MAX } from './constants.ts';
import { describeIssue, formatPath, hiddenProblems, type PlacedProblem } from './describe-issue.ts';
import type { ResourceFault, ResourceKind } from './resource-types.ts';
import {
  admission,
  agentEntry,
  authentication,
  displayName,
  grants,
  identityProviderEntry,
  roles,
  serverEntry,
} from './tenant-schema.ts';

/** Read-only: a body that was read may be sent back as it is. */
const hasSecret = z
  .boolean()
  .optional()
  .meta({ description: 'Whether there is one. Ignored when sent.', readOnly: true });

/** Bodies as they are sent, by kind: the tenant file's own entries, with secrets in their place. */
export const resourceBodies = {
  settings: z.strictObject({
    display_name: displayName,
    admission: admission.optional(),
    grants: grants.optional(),
  }),
  identity_provider: identityProviderEntry.omit({ client_secret: true }).extend({
    roles: roles.optional(),
    client_secret: z.string().min(1).max(SECRET_BYTES_MAX).optional().meta({
      description: 'Kept sealed and never returned; left out, the stored one stays.',
      writeOnly: true,
    }),
    has_secret: hasSecret,
  }),
  server: serverEntry.extend({
    id: z.string().optional().meta({ description: 'Stands in the path; may be repeated here.' }),
  }),
  policy: z.strictObject({
    text: z
      .string()
      .min(1, 'is empty')
      .max(POLICY_FILE_BYTES_MAX)
      .meta({ description: 'Cedar: exactly one policy.' }),
  }),
  agent: agentEntry.omit({ secret: true }).extend({
    client_id: z.string().optional().meta({ description: 'Stands in the path; may be repeated here.' }),
    authentication: authentication.meta({
      description: 'How it authenticates. A secret that it needs is made here, and shown once.',
    }),
    has_secret: hasSecret,
  }),
} as const satisfies Record<ResourceKind, z.ZodType>;

export type BodyOf<Kind extends ResourceKind> = z.output<(typeof resourceBodies)[Kind]>;

/** The body in its kind's shape, or everything that is wrong with it. */
export function readBody<Kind extends ResourceKind>(
  kind: Kind,
  body: unknown,
): Result<BodyOf<Kind>, readonly ResourceFault[]> {
  if (!isJsonObject(body)) return err([{ at: '', message: 'is not an object' }]);
  const hidden = hiddenProblems(body);
  if (hidden.length > 0) return err(hidden.map(faultOf));
  const checked = resourceBodies[kind].safeParse(body);
  if (checked.success) return ok(checked.data as BodyOf<Kind>);
  return err(checked.error.issues.flatMap(describeIssue).map(faultOf));
}

function faultOf({ path, key, message }: PlacedProblem): ResourceFault {
  return { at: formatPath(key === undefined ? path : [...path, key]), message };
}

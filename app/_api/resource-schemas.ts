import { z } from 'zod';

/** What a path may name; what it does not fit names nothing (404). */
export const resourceParams = {
  server: z.object({ tenant: z.string(), id: z.string().min(1).max(63) }),
  policy: z.object({ tenant: z.string(), id: z.string().min(1).max(128) }),
  agent: z.object({ tenant: z.string(), client_id: z.string().min(1).max(2048) }),
} as const;

const owner = z.enum(['file', 'console']);
const definition = z.strictObject({
  kind: z.enum(['tool', 'prompt', 'resource', 'template']),
  name: z.string().min(1).max(2048),
});
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not the hex text of a SHA-256');
const anyObject = z.record(z.string(), z.unknown());

/** A resource as it is read: its body is what a PUT takes. */
export const resourceOutput = z.strictObject({
  kind: z.enum(['settings', 'identity_provider', 'server', 'policy', 'agent']),
  id: z.string().optional(),
  owner: owner.meta({ description: 'file: kept in the tenant file, and changed there alone.' }),
  etag: z.string().meta({ description: 'The same as in the ETag header.' }),
  state: z.enum(['unpinned', 'pinned', 'drifted', 'altered']).optional().meta({
    description:
      'Of a server: nothing of an unpinned one can be called, and nothing of one whose row is not as it was saved (altered).',
  }),
  hosts: z
    .strictObject({ pinned: z.array(z.string()).readonly(), refused: z.array(z.string()).readonly() })
    .optional()
    .meta({
      description:
        'Of the identity provider: where its endpoints may be; where its discovery document puts them now, while that is refused.',
    }),
  body: anyObject,
});

export const resourceListOutput = z.strictObject({ resources: z.array(resourceOutput) });

export const putOutput = z.strictObject({
  change: z.enum(['created', 'updated', 'unchanged']),
  resource: resourceOutput,
  secret: z.string().optional().meta({ description: 'Of an agent: made just now, and shown this once.' }),
  warnings: z.array(z.string()),
});

export const approvalBody = z.strictObject({
  listing_sha256: sha256.meta({ description: 'Of the probe that was looked at.' }),
  definitions: z.array(definition).max(5_000).optional().meta({
    description: 'Pinned as shown; the others stay as they are. Left out: exactly all that is shown.',
  }),
  withdraw: z.array(definition).max(5_000).optional().meta({ description: 'Pins to take back.' }),
});

const skipped = z.strictObject({
  kind: z.string(),
  index: z.int(),
  name: z.string().optional(),
  message: z.string(),
});

export const approvalOutput = z.strictObject({
  pinned: z.array(z.strictObject({ kind: z.string(), name: z.string(), sha256 })),
  added: z.array(z.string()),
  changed: z.array(z.string()),
  removed: z.array(z.string()),
  skipped: z.array(skipped),
});

export const probeOutput = z.strictObject({
  server_info: anyObject,
  protocol_version: z.string(),
  capabilities: anyObject,
  listing_sha256: sha256,
  definitions: z.array(
    z.strictObject({
      kind: z.string(),
      name: z.string(),
      sha256,
      status: z.enum(['new', 'same', 'changed']),
      definition: anyObject,
      pinned: z.strictObject({ sha256, definition: anyObject }).optional(),
    }),
  ),
  gone: z.array(z.strictObject({ kind: z.string(), name: z.string() })),
  skipped: z.array(skipped),
  unusable: z.array(z.strictObject({ server: z.string(), tool: z.string(), message: z.string() })),
});

export const secretOutput = z.strictObject({ secret: z.string() });

export const admissionBody = z.strictObject({ admission: z.enum(['admitted', 'refused']) });

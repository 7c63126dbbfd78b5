import { z } from 'zod';
import type { JsonObject } from '#lib/core';
import { resourceBodies } from './resource-bodies.ts';
import type { ResourceKind } from './resource-types.ts';
import { tenantSchema } from './tenant-schema.ts';

/** What stands in a member before its defaults are filled in, and without what only code can judge. */
const INPUT = { io: 'input', unrepresentable: 'any' } as const;

export function bodySchemas(): Readonly<Record<ResourceKind, JsonObject>> {
  const entries = Object.entries(resourceBodies).map(([kind, schema]) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, INPUT) as JsonObject;
    return [kind, rest];
  });
  return Object.fromEntries(entries) as Record<ResourceKind, JsonObject>;
}

/** The tenant file for editors. */
export function tenantFileSchema(): JsonObject {
  const { $schema, ...rest } = z.toJSONSchema(tenantSchema, INPUT) as { $schema: string } & JsonObject;
  return { $schema, title: 'Countersign tenant file', ...rest };
}

import type { TenantId } from '#lib/core';
import { TenantMismatchError } from './errors.ts';

type Fields = Record<string, unknown>;

/** Operations that find rows by `where`, and those among them that name one row by a unique key. */
const BY_FILTER: ReadonlySet<string> = new Set([
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
  'updateMany',
  'updateManyAndReturn',
  'deleteMany',
]);
const BY_UNIQUE_KEY: ReadonlySet<string> = new Set([
  'findUnique',
  'findUniqueOrThrow',
  'update',
  'delete',
  'upsert',
]);
const CREATES: ReadonlySet<string> = new Set(['create', 'createMany', 'createManyAndReturn']);
const UPDATES: ReadonlySet<string> = new Set(['update', 'updateMany', 'updateManyAndReturn']);

/**
 * The first lock: the arguments of a Prisma operation, cut down to one tenant. Pure.
 * @throws {TenantMismatchError} when they name another tenant, or an operation that is not known here.
 */
export function scopeQuery(model: string, operation: string, args: unknown, tenant: TenantId): Fields {
  const scoped: Fields = { ...(args as Fields | undefined) };
  const refuse = () => new TenantMismatchError(model, operation);
  const own = (data: unknown) => ownData(data as Fields, tenant, refuse);
  if (BY_FILTER.has(operation)) scoped['where'] = { AND: [{ tenantId: tenant }, scoped['where'] ?? {}] };
  else if (BY_UNIQUE_KEY.has(operation)) {
    scoped['where'] = {
      ...(scoped['where'] as Fields),
      AND: [{ tenantId: tenant }, ...conditions(scoped['where'])],
    };
  } else if (!CREATES.has(operation)) throw refuse();
  if (CREATES.has(operation)) {
    scoped['data'] = Array.isArray(scoped['data']) ? scoped['data'].map(own) : own(scoped['data']);
  }
  if (UPDATES.has(operation)) checkUpdate(scoped['data'] as Fields, tenant, refuse);
  if (operation === 'upsert') {
    scoped['create'] = own(scoped['create']);
    checkUpdate(scoped['update'] as Fields, tenant, refuse);
  }
  return scoped;
}

/** `{tenantId_id: {tenantId, id}}` as plain conditions, so that a unique look-up can run as an ordinary filter. */
export function flattenUniqueKey(where: Fields, fields: ReadonlySet<string>): Fields {
  const flat: Fields = {};
  for (const [key, value] of Object.entries(where)) {
    if (fields.has(key) || key === 'AND' || key === 'OR' || key === 'NOT') flat[key] = value;
    else Object.assign(flat, value);
  }
  return flat;
}

function conditions(where: unknown): unknown[] {
  const given = (where as Fields | undefined)?.['AND'];
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [given];
}

function ownData(data: Fields, tenant: TenantId, refuse: () => Error): Fields {
  if (data['tenantId'] !== undefined && data['tenantId'] !== tenant) throw refuse();
  return { ...data, tenantId: tenant };
}

function checkUpdate(data: Fields, tenant: TenantId, refuse: () => Error): void {
  if (data['tenantId'] !== undefined && data['tenantId'] !== tenant) throw refuse();
}

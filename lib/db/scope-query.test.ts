import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TenantId } from '#lib/core';
import { TenantMismatchError } from './errors.ts';
import { flattenUniqueKey, scopeQuery } from './scope-query.ts';

const acme = '0b9b1a52-0000-4000-8000-000000000001' as TenantId;
const globex = '0b9b1a52-0000-4000-8000-000000000002' as TenantId;

/** Every operation that Prisma 7 has on a model. One that is added must be decided on before it may run. */
const FIND = ['findFirst', 'findFirstOrThrow', 'findMany', 'count', 'aggregate', 'groupBy', 'deleteMany'];
const UNIQUE = ['findUnique', 'findUniqueOrThrow', 'delete'];

describe('scopeQuery', () => {
  it.each([...FIND, ...UNIQUE])('%s finds rows of the tenant only, whatever the filter says', (operation) => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (where) => {
        const { where: scoped } = scopeQuery('Secret', operation, { where }, acme) as {
          where: { AND: unknown[] };
        };
        expect(scoped.AND[0]).toEqual({ tenantId: acme });
      }),
    );
    const { where } = scopeQuery('Secret', operation, undefined, acme) as { where: { AND: unknown[] } };
    expect(where.AND[0]).toEqual({ tenantId: acme });
  });

  it('keeps the filter that was asked for', () => {
    expect(scopeQuery('Secret', 'findMany', { where: { OR: [{ id: '1' }, {}] }, take: 3 }, acme)).toEqual({
      where: { AND: [{ tenantId: acme }, { OR: [{ id: '1' }, {}] }] },
      take: 3,
    });
    const where = { tenantId_id: { tenantId: acme, id: '1' }, AND: { purpose: 'x' } };
    expect(scopeQuery('Secret', 'update', { where, data: {} }, acme)['where']).toEqual({
      tenantId_id: { tenantId: acme, id: '1' },
      AND: [{ tenantId: acme }, { purpose: 'x' }],
    });
  });

  it.each(['create', 'createMany', 'createManyAndReturn'])(
    '%s makes rows of the tenant only',
    (operation) => {
      const own = { tenantId: acme, id: '1' };
      expect(scopeQuery('Secret', operation, { data: { id: '1' } }, acme)['data']).toEqual(own);
      expect(scopeQuery('Secret', operation, { data: [{ id: '1' }, own] }, acme)['data']).toEqual([own, own]);
      for (const data of [
        { tenantId: globex },
        [own, { tenantId: globex }],
        { tenantId: null },
        { tenantId: { set: acme } },
      ]) {
        expect(() => scopeQuery('Secret', operation, { data }, acme)).toThrow(TenantMismatchError);
      }
    },
  );

  it.each(['update', 'updateMany', 'updateManyAndReturn'])(
    '%s moves no row to another tenant',
    (operation) => {
      const where = { tenantId_id: { tenantId: acme, id: '1' } };
      expect(() => scopeQuery('Secret', operation, { where, data: { tenantId: globex } }, acme)).toThrow(
        TenantMismatchError,
      );
      expect(() =>
        scopeQuery('Secret', operation, { where, data: { tenantId: { set: globex } } }, acme),
      ).toThrow(TenantMismatchError);
      expect(scopeQuery('Secret', operation, { where, data: { purpose: 'x' } }, acme)['data']).toEqual({
        purpose: 'x',
      });
    },
  );

  it('upsert does neither', () => {
    const args = { where: { tenantId_id: { tenantId: acme, id: '1' } }, create: { id: '1' }, update: {} };
    expect(scopeQuery('Secret', 'upsert', args, acme)).toMatchObject({
      create: { tenantId: acme, id: '1' },
      where: { AND: [{ tenantId: acme }] },
    });
    expect(() => scopeQuery('Secret', 'upsert', { ...args, create: { tenantId: globex } }, acme)).toThrow(
      TenantMismatchError,
    );
    expect(() => scopeQuery('Secret', 'upsert', { ...args, update: { tenantId: globex } }, acme)).toThrow(
      TenantMismatchError,
    );
  });

  it('refuses an operation that it does not know', () => {
    expect(() => scopeQuery('Secret', 'findRaw', {}, acme)).toThrow(TenantMismatchError);
  });
});

describe('flattenUniqueKey', () => {
  it('spreads compound keys and leaves fields and connectives', () => {
    const fields = new Set(['tenantId', 'id']);
    expect(
      flattenUniqueKey({ tenantId_id: { tenantId: acme, id: '1' }, AND: [{ id: '1' }] }, fields),
    ).toEqual({
      tenantId: acme,
      id: '1',
      AND: [{ id: '1' }],
    });
    expect(flattenUniqueKey({ id: { equals: '1' } }, fields)).toEqual({ id: { equals: '1' } });
  });
});

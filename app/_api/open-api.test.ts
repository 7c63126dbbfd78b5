/** The API's document is OpenAPI 3.1, and says of every route that there is one. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { bodySchemas } from '../../lib/manifest/body-schemas.ts';
import { openApiDocument } from './open-api.ts';
import { OPERATIONS } from './operations.ts';

const API = join(import.meta.dirname, '../t/[tenant]/api/v1');
const document = openApiDocument(OPERATIONS, {
  url: 'http://localhost:3000/t/acme/api/v1',
  bodies: bodySchemas(),
  sessionCookie: 'session',
});

/** `GET /servers/{id}`, from what the route files export. */
const ROUTES = globSync('**/route.ts', { cwd: API }).flatMap((file) => {
  const path = `/${file.replace(/\/route\.ts$/, '')}`.replaceAll(/\[(\w+)\]/g, '{$1}');
  const text = readFileSync(join(API, file), 'utf8');
  return [...text.matchAll(/^export const (GET|PUT|POST|DELETE|PATCH)\b/gm)].map(
    ([, method = '']) => `${method} ${path}`,
  );
});

describe('the document of the API', () => {
  it('is OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('would be refused, were it none', async () => {
    const broken = { ...structuredClone(document), paths: { '/x': { get: { responses: 7 } } } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('has every route, and no other', () => {
    const described = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(ROUTES.toSorted()).toEqual(described.toSorted());
  });

  it('points at components that exist, and gives every operation a name of its own', () => {
    const text = JSON.stringify(document);
    const { schemas } = document['components'] as { schemas: Record<string, unknown> };
    const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
    expect(referred.filter((name) => !(name in schemas))).toEqual([]);
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(OPERATIONS.length);
  });

  it('marks what is written and never read', () => {
    const { schemas } = document['components'] as {
      schemas: Record<string, { properties: Record<string, object> }>;
    };
    expect(schemas['identity_provider']?.properties['client_secret']).toMatchObject({ writeOnly: true });
    expect(schemas['agent']?.properties['has_secret']).toMatchObject({ readOnly: true });
    expect(schemas['agent']?.properties).not.toHaveProperty('secret');
  });
});

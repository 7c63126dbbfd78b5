/** The JSON Schema that editors read is the one that the code checks with; `UPDATE_SCHEMAS=1` writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@cfworker/json-schema';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEMO_TENANT_FILE } from '../../e2e/fixtures/render-demo-tenant.ts';
import { tenantFileSchema } from './body-schemas.ts';

const FILE = join(import.meta.dirname, '../../docs/schemas/tenant.schema.json');
const schema = tenantFileSchema();
if (process.env['UPDATE_SCHEMAS'] === '1') writeFileSync(FILE, `${JSON.stringify(schema, null, 2)}\n`);
const stored = JSON.parse(readFileSync(FILE, 'utf8')) as object;
const validator = new Validator(stored, '2020-12', false);
const demo = () => parse(readFileSync(DEMO_TENANT_FILE, 'utf8')) as Record<string, unknown>;

it('the stored schema is current', () => {
  expect(stored).toEqual(schema);
});

it('the demo tenant fits it, and names it for editors', () => {
  expect(validator.validate(demo())).toMatchObject({ valid: true });
  expect(readFileSync(DEMO_TENANT_FILE, 'utf8')).toMatch(
    /^# yaml-language-server: \$schema=\.\.\/\.\.\/docs\/schemas\/tenant\.schema\.json\n/,
  );
});

it.each([
  ['an unknown member', { surprise: 1 }],
  ['a wrong slug', { tenant: { slug: 'Not_A_Label' } }],
  ['an unknown admission', { admission: 'everyone' }],
  ['a secret that stands in the file', { agents: [{ client_id: 'a', name: 'A', secret: 'hunter2' }] }],
  ['a server without credentials', { servers: [{ id: 'a', title: 'A', url: 'https://a.example' }] }],
])('%s does not fit it', (_, change) => {
  expect(validator.validate({ ...demo(), ...change }).valid).toBe(false);
});

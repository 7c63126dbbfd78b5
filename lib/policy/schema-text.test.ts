import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { outlinePolicies } from './outline-policies.ts';
import { schemaText } from './schema-text.ts';
import { ledger, tool } from './testing/acme.ts';

const POST = 'action == Action::"tools/call", resource == Tool::"ledger/post_entry"';
const prod = `forbid (principal, ${POST}) when { context.arguments.environment == "prod" };`;

function problemsWith(schema: string | undefined, text: string): unknown {
  const answer = cedar.validate({ schema: schema ?? '', policies: { staticPolicies: { p: text } } });
  return answer.type === 'success' ? answer.validationErrors.map(({ error }) => error.message) : answer;
}

describe('the schema as text', () => {
  it('of a tool is what its policies are validated against', () => {
    const schema = schemaText([ledger], { server: 'ledger', tool: 'post_entry' });
    expect(problemsWith(schema, prod)).toEqual([]);
    expect(problemsWith(schema, prod.replace('environment', 'enviroment'))).toHaveLength(1);
  });

  it('of all has what the tools agree on, each argument optional', () => {
    const other = {
      ...ledger,
      id: 'other' as typeof ledger.id,
      tools: new Map([['x', tool('x', { environment: { type: 'integer' }, account: { type: 'string' } })]]),
    };
    const schema = schemaText([ledger, other]);
    expect(schema).toContain('account?: __cedar::String');
    expect(schema).not.toMatch(/environment\??:/);
    expect(
      problemsWith(
        schema,
        `forbid (principal, ${POST}) when { context.arguments has amount && context.arguments.amount > 1 };`,
      ),
    ).toEqual([]);
  });

  it('of a tool that is not pinned there is none', () => {
    expect(schemaText([ledger], { server: 'ledger', tool: 'nothing' })).toBeUndefined();
  });
});

describe('a policy at a glance', () => {
  it('is its effect and what its scope names', () => {
    const texts = {
      prod: `@reason("No.") ${prod}`,
      any: 'permit (principal is Agent in Group::"a, action, resource", action, resource);',
      broken: 'permit (',
    };
    expect(outlinePolicies(texts)).toEqual([
      {
        id: 'any',
        text: texts.any,
        effect: 'permit',
        about: { principal: 'principal is Agent in Group::"a, action, resource"', action: '', resource: '' },
        conditional: false,
      },
      { id: 'broken', text: texts.broken },
      {
        id: 'prod',
        text: texts.prod,
        effect: 'forbid',
        reason: 'No.',
        about: {
          principal: '',
          action: 'action == Action::"tools/call"',
          resource: 'resource == Tool::"ledger/post_entry"',
        },
        conditional: true,
      },
    ]);
  });
});

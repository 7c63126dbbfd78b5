import { describe, expect, it } from 'vitest';
import { ledger, AGENTS_FOR_USERS, tool } from './testing/acme.ts';
import { validatePolicies } from './validate-policies.ts';
import { schemaProblemsOf } from './schema-problems.ts';

async function problems(text: string, id = 'p'): Promise<string[]> {
  const found = await validatePolicies({ [id]: text }, [ledger]);
  return found.map(({ policyId, line, column, message }) => `${policyId}:${line}:${column} ${message}`);
}
const HIDDEN =
  'a control character, or one that changes the direction of text: it would make the policy read otherwise than it decides';
const POST = 'action == Action::"tools/call", resource == Tool::"ledger/post_entry"';

describe('a policy that is saved', () => {
  it('may name a method that a server is allowed beyond the protocol, and its params', async () => {
    const server = { ...ledger, allowMethods: new Set(['acme/rebalance']) };
    const on = 'permit (principal, action == Action::"acme/rebalance", resource == Server::"ledger")';
    const good = `${on} when { context.arguments has depth_json && context.arguments.depth_json == "3" };`;
    expect(await validatePolicies({ good }, [server])).toEqual([]);
    const [unknown] = await validatePolicies({ good }, [ledger]);
    expect(unknown?.message).toContain("no action is named 'acme/rebalance'");
    expect(
      await validatePolicies({ unguarded: `${on} when { context.arguments.depth_json == "3" };` }, [server]),
    ).toHaveLength(1);
  });

  it.each([
    AGENTS_FOR_USERS,
    'permit (principal in Group::"engineering", action, resource in Server::"ledger");',
    `@id("p") @reason("Because.") forbid (principal, ${POST}) when { context.arguments.environment == "prod" };`,
    `forbid (principal, ${POST}) when { context.arguments has tags_count && context.arguments.tags_count > 3 };`,
    `forbid (principal, ${POST}) when { context.arguments has extra_json && context.arguments.extra_json like "*x*" };`,
    'permit (principal is User, action, resource is Tool) when { principal has email && principal.email like "*@acme.example" };',
    'permit (principal is User, action, resource) when { principal.roles.contains("admin") && context has ip && context.ip.isInRange(ip("10.0.0.0/8")) };',
    'permit (principal, action == Action::"resources/read", resource == Resource::"ledger/ledger://anything");',
    'permit (principal, action == Action::"prompts/get", resource == Prompt::"ledger/close") when { context.arguments.month like "2026-*" };',
    'permit (principal, action == Action::"completion/complete", resource in Template::"ledger/ledger://account/{id}");',
    'permit (principal, action in [Action::"tools/call", Action::"resources/read"], resource in Server::"ledger") when { context.agent.admission == "listed" };',
  ])('passes: %s', async (text) => {
    expect(await problems(text)).toEqual([]);
  });

  it.each<[string, string]>([
    ['permit (principal, action resource);', 'p:1:27 unexpected token `resource`'],
    ['permit (principal,\n  action,\n  résource);', 'p:3:4 invalid token'],
    [
      '// ü\npermit (principal, actoin, resource);',
      'p:2:20 found an invalid variable in the policy scope: actoin',
    ],
    [
      'permit (principal, action, resource); permit (principal, action, resource);',
      'p:1:39 unexpected token `permit`',
    ],
    ['permit (principal == ?principal, action, resource);', 'expected a static policy'],
    [
      '@obligation("confirm")\npermit (principal, action, resource);',
      'p:1:1 @obligation is not an annotation that is enforced here',
    ],
    ['@enforcement("shadow") permit (principal, action, resource);', '@enforcement is not an annotation'],
    ['@id("q") permit (principal, action, resource);', `@id("q") differs from the policy's id 'p'`],
    ['@reason permit (principal, action, resource);', '@reason needs a text'],
    ['@reason("a") @reason("b") permit (principal, action, resource);', 'duplicate annotation'],
    [
      `forbid (principal, ${POST})\nwhen { context.arguments.enviroment == "prod" };`,
      'p:2:8 attribute `arguments.enviroment` in context',
    ],
    [
      `forbid (principal, ${POST}) when { context.arguments.environment == ["prod"] };`,
      'types String and Set<String> are not compatible',
    ],
    [
      `forbid (principal, ${POST}) when { context.arguments.tags_count > 3 };`,
      'optional attribute `arguments.tags_count`',
    ],
    [
      'permit (principal, action, resource == Tool::"ledger/post_entri");',
      `p:1:46 no Tool 'ledger/post_entri' is pinned`,
    ],
    ['permit (principal, action, resource in Server::"leger");', `no Server 'leger' is pinned`],
    ['permit (principal, action, resource == Tool::"post_entry");', '(the form is Tool::"<server>/<name>")'],
    [
      'permit (principal, action, resource) when { resource == Tool::"ledger/x" };',
      `no Tool 'ledger/x' is pinned`,
    ],
    ['permit (principal, action == Action::"tools/list", resource);', `no action is named 'tools/list'`],
    [
      'forbid (principal, action == Action::"prompts/get", resource == Tool::"ledger/post_entry");',
      'applies to nothing',
    ],
    [`forbid (principal, ${POST}) when { context.arguments has nothing };`, 'applies to nothing'],
    ['permit (principal, action, resource) when { principal.email == "x" };', 'attribute `email`'],
  ])('is refused: %s', async (text, message) => {
    expect((await problems(text)).join('\n')).toContain(message);
  });

  it.each([
    ['NUL', 'permit (principal, action, resource);\n// a\u0000b', 'p:2:5'],
    ['a bidirectional override', 'permit (principal, action, resource)\n// \u202e\n;', 'p:2:4'],
    ['a bidirectional isolate', '@reason("\u2066")\nforbid (principal, action, resource);', 'p:1:10'],
    ['a C1 control', 'permit (principal, action, resource);\u0085', 'p:1:38'],
  ])('is refused with %s in it, at its place, also in a comment', async (_, text, place) => {
    expect(await problems(text)).toEqual([`${place} ${HIDDEN}`]);
  });

  it('is refused under an id that could not be read in a receipt', async () => {
    expect(await problems('permit (principal, action, resource);', 'a b')).toHaveLength(1);
  });

  it('is checked in turns, so that others need not wait', async () => {
    const many = Array.from({ length: 200 }, (_, index) => tool(`tool-${index}`, { x: { type: 'integer' } }));
    const server = { ...ledger, tools: new Map(many.map((entry) => [entry.name, entry])) };
    const wide = { wide: 'permit (principal is User, action, resource) when { principal.email == "x" };' };
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const found = await validatePolicies(wide, [server]);
    clearInterval(timer);
    expect(found).toHaveLength(1);
    expect(turns).toBeGreaterThan(0);
  });

  it('tells all problems of all policies, each once', async () => {
    const wrong = 'permit (principal, action, resource in Server::"ledger") when { context.x };';
    const found = await validatePolicies({ a: wrong, b: 'nonsense' }, [ledger]);
    expect(found.map(({ policyId }) => policyId).toSorted()).toEqual(['a', 'b']);
  });

  it('names tools that can never be called', () => {
    const bad = [
      tool('collides', {
        tags: { type: 'array', items: { type: 'string' } },
        tags_count: { type: 'integer' },
      }),
      tool('remote', { a: { $ref: 'https://example.com/schema' } }),
      tool('escape', { __entity: { type: 'string' } }),
    ];
    const server = { ...ledger, tools: new Map(bad.map((entry) => [entry.name, entry])) };
    expect(schemaProblemsOf([ledger, server]).map((entry) => `${entry.tool}: ${entry.message}`)).toEqual([
      "collides: its input schema declares members that both become 'tags_count' in a policy",
      'remote: its input schema refers to something outside itself at /properties/a/$ref',
      "escape: its input schema declares '__entity', which is reserved",
    ]);
  });
});

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tooDeepAt } from './check-nesting.ts';
import { parsePolicies } from './parse-policies.ts';
import { AGENTS_FOR_USERS, call, engineOf, ledger } from './testing/acme.ts';
import { validatePolicies } from './validate-policies.ts';

const policy = (condition: string) => `permit (principal, action, resource) when { ${condition} };`;
const chain = (of: string, by: string) => (times: number) => policy(Array<string>(times).fill(of).join(by));

/** Each kind of growth that was seen to break Cedar, by how often it repeats. */
const BOMBS: Record<string, (times: number) => string> = {
  brackets: (n) => policy(`${'('.repeat(n)}true${')'.repeat(n)}`),
  negations: (n) => policy(`${'! ('.repeat(n)}true${')'.repeat(n)}`),
  sets: (n) => policy(`${'['.repeat(n)}${']'.repeat(n)}.isEmpty()`),
  records: (n) => policy(`${'{a:'.repeat(n)}1${'}'.repeat(n)}.a == 1`),
  calls: (n) => policy(`${'ip('.repeat(n)}"::1"${')'.repeat(n)} == ip("::1")`),
  attributes: (n) => policy(`context${'.a'.repeat(n)}`),
  indexes: (n) => policy(`context${'["a"]'.repeat(n)}`),
  methods: (n) => policy(`context${'.contains(1)'.repeat(n)}`),
  sums: chain('1', ' + '),
  products: chain('1', ' * '),
  conjunctions: chain('context has session', ' && '),
  alternatives: chain('true', ' || '),
  'nested ifs': (n) => policy(`${'if true then '.repeat(n)}true${' else true'.repeat(n)}`),
  'ifs in a row': (n) => policy(`${'if true then true else '.repeat(n)}true`),
  'members in alternatives': (n) =>
    policy(Array<string>(n).fill('(context has session && context.session == "x")').join(' || ')),
  'ifs with conditions': (n) => policy(`${'if true && true then '.repeat(n)}true${' else true'.repeat(n)}`),
  conditions: (n) => `permit (principal, action, resource) ${'when { true } '.repeat(n)};`,
};

/** Of each kind, the largest that passes. */
function largest(make: (times: number) => string): number {
  let times = 1;
  while (tooDeepAt(make(times + 1)) === undefined) times += 1;
  return times;
}

async function survives(text: string): Promise<void> {
  const problems = await validatePolicies({ p: text }, [ledger]);
  if (problems.length === 0)
    engineOf({ p: text, agents: AGENTS_FOR_USERS }).decide(
      call('read_balance', { account: 'a' }, { session: 's' }),
    );
  expect(cedar.policyToJson('permit (principal, action, resource);').type).toBe('success');
}

describe('a policy that would overflow the stack of Cedar', () => {
  it.each(Object.keys(BOMBS))('is refused with its place before Cedar sees it: %s', async (kind) => {
    const text = BOMBS[kind]?.(1_000) ?? '';
    const [problem] = parsePolicies({ p: text }).problems;
    expect(problem?.message).toContain('nested too deeply');
    expect(problem?.column).toBeGreaterThan(40);
    await survives('permit (principal, action, resource);');
  });

  it.each(Object.keys(BOMBS))('passes as long as Cedar takes it: %s', async (kind) => {
    const make = BOMBS[kind] ?? (() => policy('true'));
    const times = largest(make);
    expect(times).toBeGreaterThan(20);
    await survives(make(times));
  });

  it('is found however brackets, operators, texts and comments are mixed', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '!',
      '-',
      '.a',
      ' && ',
      ' || ',
      ' + ',
      '1',
      ',',
    );
    const word = fc.constantFrom(
      'if ',
      ' then ',
      ' else ',
      '"(("',
      '// ((\n',
      'context',
      ' in ',
      '["a"]',
      ' has a',
      ';',
    );
    const text = fc.array(fc.oneof(piece, word), { maxLength: 400 }).map((parts) => policy(parts.join('')));
    fc.assert(
      fc.property(text, (candidate) => {
        parsePolicies({ p: candidate });
        expect(cedar.policyToJson('permit (principal, action, resource);').type).toBe('success');
      }),
      { numRuns: 300 },
    );
  });

  it('is not mistaken: brackets inside texts and comments count nothing', () => {
    const brackets = '('.repeat(1_000);
    expect(
      tooDeepAt(`// ${brackets}\n${policy(`context.mode == "${brackets}\\"${brackets}"`)}`),
    ).toBeUndefined();
    expect(tooDeepAt(`// \r${policy(brackets)}`)).toBeDefined();
  });

  it('is not mistaken: a hundred alternatives pass', () => {
    const one = 'context has session && context.session like "a*"';
    expect(tooDeepAt(policy(Array<string>(95).fill(one).join(' || ')))).toBeUndefined();
  });

  it('is not mistaken: long lists of names pass', () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `Action::"a${index}"`).join(', ');
    expect(tooDeepAt(`permit (principal, action in [${names}], resource);`)).toBeUndefined();
  });
});

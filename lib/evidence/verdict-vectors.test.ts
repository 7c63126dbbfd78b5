import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Json } from '#lib/core';
import { formatVerdict, verifyBundle } from './index.ts';
import { verdictOf } from './recorder.ts';
import { CASES as GROUPS } from './testing/cases.ts';
import { nodeCrypto } from './testing/node-crypto.ts';
import { createScene, wholeBundle } from './testing/scene.ts';

const VECTORS = fileURLToPath(new URL('./vectors/verdicts.jsonl', import.meta.url));
const CASES = GROUPS.flatMap(([, cases]) => cases);

test('the golden vectors, one case a line, have not changed (update with: vitest run -u)', async () => {
  const lines = CASES.map((one) => canonicalJson({ ...one } as unknown as Json));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(VECTORS);
  const names = CASES.map((one) => one.name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

describe('a VALID bundle', () => {
  const scene = createScene();
  const bundle = wholeBundle(scene);
  const text = JSON.stringify(bundle);
  const trust = scene.log.trust();
  const valid = verifyBundle(text, trust, nodeCrypto);

  test('is no longer VALID with any one character changed', () => {
    expect(valid.verdict).toBe('VALID');
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'AZaz09_-~.{}[]":,\\ é'), (at, char) => {
        fc.pre(text[at] !== char);
        const mutant = text.slice(0, at) + char + text.slice(at + 1);
        expect(
          verifyBundle(mutant, trust, nodeCrypto).verdict,
          `at ${at}: ${mutant.slice(at - 20, at + 20)}`,
        ).not.toBe('VALID');
      }),
      { numRuns: 1500 },
    );
  });

  test('is no longer VALID with any one character of the trust file changed', () => {
    fc.assert(
      fc.property(fc.nat(trust.length - 1), fc.constantFrom(...'AZaz09_-'), (at, char) => {
        fc.pre(trust[at] !== char);
        const mutant = trust.slice(0, at) + char + trust.slice(at + 1);
        expect(verifyBundle(text, mutant, nodeCrypto).verdict).not.toBe('VALID');
      }),
      { numRuns: 400 },
    );
  });

  test('with any part replaced by any JSON comes to a verdict, never to an exception', () => {
    fc.assert(
      fc.property(fc.nat(), fc.jsonValue(), fc.boolean(), (pick, value, isTrust) => {
        const mutant = JSON.stringify(
          mutate(JSON.parse(isTrust ? trust : text) as Json, pick, value as Json),
        );
        const verdict = isTrust
          ? verifyBundle(text, mutant, nodeCrypto)
          : verifyBundle(mutant, trust, nodeCrypto);
        expect(['VALID', 'INVALID', 'UNVERIFIABLE']).toContain(verdict.verdict);
        expect(formatVerdict(verdict)).toContain(verdict.verdict);
      }),
      { numRuns: 1000 },
    );
  });

  test('is the same as an object as it is as text', () => {
    expect(verifyBundle(JSON.parse(text), trust, nodeCrypto)).toEqual(valid);
  });

  test('is UNVERIFIABLE when any needed check is missing altogether', () => {
    const { checks } = valid;
    for (const { name, at } of checks) {
      if (name === 'bodies' || name === 'keys' || at?.startsWith('keys/')) continue;
      const without = checks.filter((check) => check.name !== name || check.at !== at);
      expect(verdictOf(without, valid.receipts), `without ${name} ${at}`).toBe('UNVERIFIABLE');
    }
    expect(verdictOf(checks, [])).toBe('UNVERIFIABLE');
    expect(verdictOf([], [])).toBe('UNVERIFIABLE');
  });

  test('says what was found of each receipt', () => {
    expect(
      valid.receipts.map(({ at, index, undisclosed, absentBodies }) => [
        at,
        index,
        undisclosed,
        absentBodies,
      ]),
    ).toEqual([
      ['receipts/0', '1', 19, []],
      ['receipts/1', '2', 19, []],
    ]);
    expect(valid.receipts[1]?.payload).toMatchObject({
      kind: 'tool_call',
      actor: { mode: 'user', email: 'alice@example.com' },
      decision: { effect: 'allow', policies: ['allow-engineering'] },
      server: { id: 'github' },
      credential: { kind: 'minted' },
      result: { member: 'result' },
    });
    expect(valid.receipts[1]?.payload).not.toHaveProperty('_sd');
    expect(valid.checkpoint).toEqual({ origin: scene.log.origin, size: '3', root: scene.log.root() });
  });
});

describe('what no verdict covers is always listed', () => {
  const { log, attempt, outcome } = createScene();

  test('withheld claims, absent bodies, absent pairs, consistency, witnesses, completeness', () => {
    const notes = verifyBundle(JSON.stringify(log.bundle([outcome])), log.trust(), nodeCrypto).notes.join(
      '\n',
    );
    expect(notes).toContain(`its attempt ${attempt.jti} is not in the bundle`);
    expect(notes).toContain(
      'receipts/0: the bodies of arguments, result, context, values are not in the bundle',
    );
    expect(notes).toMatch(/^consistency: /m);
    expect(notes).toMatch(/^witnesses: /m);
    expect(notes).toMatch(/^completeness: /m);
    const erased = verifyBundle(
      JSON.stringify(log.bundle([attempt], { reveal: [] })),
      log.trust(),
      nodeCrypto,
    );
    expect(erased.notes.join('\n')).toMatch(/receipts\/0: 24 digests are not disclosed/);
    expect(erased.notes.join('\n')).toContain('receipts/0: its outcome is not in the bundle');
  });

  test('without trust, the fingerprints found in the bundle', () => {
    const scene = createScene();
    const { notes } = verifyBundle(JSON.stringify(wholeBundle(scene)), undefined, nodeCrypto);
    const { key } = scene.opening.payload as { key: { kid: string } };
    expect(notes).toContain(`the bundle names the receipt key ${key.kid}`);
    expect(notes.join('\n')).toMatch(
      new RegExp(`the bundle names the log key ${scene.log.origin}\\+[0-9a-f]{8}`),
    );
  });
});

describe('the words of a verdict', () => {
  const scene = createScene();

  test('say of each check what it proves and what it does not', () => {
    const text = formatVerdict(
      verifyBundle(JSON.stringify(wholeBundle(scene)), scene.log.trust(), nodeCrypto),
    );
    expect(text).toMatch(/^VALID: Every check was made and passed\.\n/);
    expect(text).toContain(
      'signature: the holder of the named key signed each receipt; not that this key is to be trusted.',
    );
    expect(text).toContain(`${scene.outcome.jti}  index 2  tool_call create_issue ok`);
    expect(text).toContain('Not covered by the verdict:');
  });

  test('name the check and the receipt that failed, and the one that is open', () => {
    const bundle = wholeBundle(scene);
    Object.assign(bundle.receipts[0]!['body'] as object, { arguments: {} });
    const text = formatVerdict(verifyBundle(JSON.stringify(bundle), undefined, nodeCrypto));
    expect(text).toMatch(/^INVALID: /);
    expect(text).toContain('FAILED    bodies');
    expect(text).toContain('failed: receipts/0 arguments is not what was hashed');
    expect(text).toContain('not made  trust');
  });

  test('carry no control or direction characters to a terminal', () => {
    const { log } = scene;
    const evil = log.add({
      kind: 'tool_call',
      clear: { ...clearOf(scene.outcome.payload), tool: { name: 'x\u001b[2J\u202e\u0007' } },
    });
    const text = formatVerdict(verifyBundle(JSON.stringify(log.bundle([evil])), log.trust(), nodeCrypto));
    expect(text).toContain('x\\u001b[2J\\u202e\\u0007');
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

/** One part, chosen by `pick`, replaced. */
function mutate(value: Json, pick: number, by: Json): Json {
  if (typeof value !== 'object' || value === null) return by;
  const entries = Object.entries(value as Record<string, Json>);
  const at = pick % (entries.length + 1);
  const [key, member] = entries[at] ?? [];
  if (key === undefined || member === undefined) return by;
  const changed = mutate(member, Math.floor(pick / (entries.length + 1)), by);
  return Array.isArray(value) ? value.with(at, changed) : { ...value, [key]: changed };
}

function clearOf(payload: Readonly<Record<string, Json>>): Record<string, Json> {
  const { server, decision, outcome } = payload as Record<string, Record<string, Json>>;
  const bare = (member: Record<string, Json> | undefined) =>
    Object.fromEntries(Object.entries(member ?? {}).filter(([name]) => name !== '_sd'));
  return { server: bare(server), decision: bare(decision), outcome: bare(outcome) };
}

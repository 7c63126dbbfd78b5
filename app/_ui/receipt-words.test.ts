import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACT_LABELS, nameReceipt } from './receipt-words.ts';

const LIB = join(import.meta.dirname, '../../lib');
const MODULES = 'identity,oauth,policy,registry,runtime';
const FAMILIES = 'agent|definition|key|log|oauth|person|policy|provider|server|sessions|tenant';

/** What the details of receipts call acts. */
const ACTS = globSync(`{${MODULES}}/*.ts`, { cwd: LIB })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(LIB, file), 'utf8'))
  .flatMap((text) => [...text.matchAll(new RegExp(`'((?:${FAMILIES})\\.[a-z_]+)'`, 'g'))])
  .flatMap(([, name]) => name ?? []);

describe('what a receipt is called', () => {
  it('has words for every act of an admin', () => {
    expect(ACTS.length).toBeGreaterThan(20);
    expect(ACTS.filter((name) => ACT_LABELS[name] === undefined)).toEqual([]);
  });

  it('is its tool, or its act, or else its kind', () => {
    expect(nameReceipt({ kind: 'tool_call', tool: 'post_\u202eentry' })).toBe('post_⟨U+202E⟩entry');
    expect(nameReceipt({ kind: 'admin', act: { name: 'policy.save' } })).toBe('Policies changed');
    expect(nameReceipt({ kind: 'admin', act: { name: 'of.tomorrow' } })).toBe('Administration');
    expect(nameReceipt({ kind: 'admin' })).toBe('Administration');
  });
});

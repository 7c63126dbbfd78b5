import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REQUIREMENTS } from './requirements.ts';

const ROOT = join(import.meta.dirname, '..');

function citations(): Set<string> {
  const files = globSync('{lib,app,e2e,bin}/**/*.test.ts', { cwd: ROOT });
  const ids = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\[((?:rfc|mcp|c2sp)[a-z0-9.-]+)\]/g)].map(
      (match) => match[1] ?? '',
    ),
  );
  return new Set(ids);
}

describe('the requirements of the standards', () => {
  const cited = citations();

  it.each(REQUIREMENTS.map(({ id, source }) => ({ id, source })))(
    '$id ($source) is cited by a test',
    ({ id }) => {
      expect([...cited]).toContain(id);
    },
  );

  it('are all that tests cite', () => {
    const known = new Set(REQUIREMENTS.map(({ id }) => id));
    expect([...cited].filter((id) => !known.has(id))).toEqual([]);
  });

  it('have ids of their own', () => {
    expect(new Set(REQUIREMENTS.map(({ id }) => id)).size).toBe(REQUIREMENTS.length);
  });
});
